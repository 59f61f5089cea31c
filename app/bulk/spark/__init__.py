"""Bulk runs on a Spark cluster."""
