"""Bank-side screening against lists of non-compliant trading venues."""

__version__ = "0.1.0"
