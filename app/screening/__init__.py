"""A counterparty against the lists in force under the law: decided, recorded, replayable."""
