"""What the matcher works on: types, encoded texts, index rows, the matcher's version."""
