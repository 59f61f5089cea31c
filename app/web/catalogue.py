"""Every text of the console: one catalogue per language, with the same keys in each.

``texts/zh.toml`` is what is shown first; ``texts/en.toml`` is not a mixture but the same in English.
"""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup, escape

_FOLDER: Final = Path(__file__).parent / "texts"

LANGUAGES: Final[Mapping[str, str]] = {"zh": "zh-CN", "en": "en"}
"""Languages by their short names, with the tag for ``lang=``; the first is the default."""

DEFAULT: Final = "zh"


class Catalogue:
    """The texts of one language.  A key that it does not have is a bug and raises ``KeyError``."""

    def __init__(self, language: str, texts: Mapping[str, str]) -> None:
        self.language = language
        self.texts = texts

    def __call__(self, key: str, **words: object) -> str:
        """Return a text, its words in braces filled in."""
        text = self.texts[key]
        return text.format_map(words) if words else text

    def html(self, key: str, **words: object) -> Markup:
        """Return a text as HTML; words that are Markup stay what they are, all others are escaped."""
        return Markup(escape(self.texts[key])).format(**words)  # noqa: S704 - the text itself is escaped

    def of(self, family: str, code: object) -> str:
        """Return the text of a code, and the code itself where the catalogue has none for it."""
        return self.texts.get(f"{family}.{code}", str(code))


@cache
def catalogue(language: str) -> Catalogue:
    """Return the catalogue of a language."""
    with (_FOLDER / f"{language}.toml").open("rb") as file:
        return Catalogue(language, dict(_flat(tomllib.load(file), "")))


def _flat(table: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
