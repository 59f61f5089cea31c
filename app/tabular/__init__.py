"""Files of rows and columns as people write them, to sheets of cells with places; lists and books are read by it."""
