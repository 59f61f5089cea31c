"""The blank upload template that ships with the program."""

from pathlib import Path


def template() -> bytes:
    """Return the template as a workbook: beside the package in a checkout, inside it in a wheel."""
    package = Path(__file__).resolve().parents[2]
    wheel = package / "_watchlists"
    folder = wheel if wheel.is_dir() else package.parent / "watchlists"
    return (folder / "template.xlsx").read_bytes()
