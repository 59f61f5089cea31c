"""The layout of a list file: columns, header, cells, dates, jurisdictions."""
