"""Candidates: blocking keys, posting lists, signatures and upper bounds of the score."""
