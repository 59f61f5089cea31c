"""Projection of list versions to what held when: status, attributes, relations."""
