"""The program that reads workbooks in a process of its own: ``python -I -m app.tabular.workbook_child LIMITS``."""
