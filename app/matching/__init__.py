"""Entries to an immutable index; queries to hits with strength, score and explanation."""
