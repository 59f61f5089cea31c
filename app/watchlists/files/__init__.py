"""Reading of list files: text, workbooks, JSON."""
