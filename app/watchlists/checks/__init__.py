"""Checks of an uploaded file: row, file and transition rules, the annotated workbook."""
