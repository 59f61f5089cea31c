"""Findings of a check, with place, severity and texts."""
