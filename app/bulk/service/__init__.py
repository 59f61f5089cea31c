"""Bulk runs as a service: jobs, nightly folders."""
