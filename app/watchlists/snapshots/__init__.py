"""What is in force: immutable snapshots and the cache that refreshes them."""
