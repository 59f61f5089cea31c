"""The regulators' lists: files in, immutable versions, four eyes, and the snapshot in force."""
