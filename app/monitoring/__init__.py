"""The book under watch: counterparties of each client, what the lists and the law make of them, and what changed."""
