"""Rows of a book: columns, requests, screening of a batch, answer columns."""
