"""Runs the reader of workbooks."""

from app.tabular.workbook_child.main import main

main()
