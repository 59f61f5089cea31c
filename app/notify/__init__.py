"""Telling clients by webhook: signed, in order for each counterparty, again and again until it is taken."""
