"""Keeping: decisions that are old enough leave the database as monthly files, and come back; legal holds keep them."""
