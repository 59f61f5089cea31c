"""The durable queue: jobs cut into chunks, leased by workers, each done once."""
