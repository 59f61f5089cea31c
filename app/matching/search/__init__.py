"""Search of the index: whole names, batches, names inside texts."""
