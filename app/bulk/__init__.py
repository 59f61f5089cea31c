"""Files of counterparties in, decisions out: readers, the pure batch function, engines, runs."""
