"""A durable queue of jobs and their chunks on the database, for any number of workers on any machines."""
