"""Readers of books by file format, and their chunking."""
