"""Comparison of one pair: alignment, features, score, class and explanation."""
