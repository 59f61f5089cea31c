"""The command line: one file per noun, wired together here."""
