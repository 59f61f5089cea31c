"""Documents for people: PDF/A by typst, with every character that the fonts have and a code point for every other."""

from app.documents.pdf import attachment_name, make_pdf

__all__ = ["attachment_name", "make_pdf"]
