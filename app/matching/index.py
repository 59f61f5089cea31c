"""Entries in, an immutable index out; queries in, hits out."""
