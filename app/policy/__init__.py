"""The law as data: a decision table, its parameters, and a pure function over them."""
