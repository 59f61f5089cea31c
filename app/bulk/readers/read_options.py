"""How a file is to be read, where it does not show it by itself."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from app.bulk.readers.charset import known_encoding
from app.errors import Invalid

_DELIMITER_WORDS: Final = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " "}
_ESCAPED: Final = ("\\x", "0x")
_KEYS: Final[Mapping[str, type]] = {
    "columns": dict,
    "delimiter": str,
    "header_row": int,
    "encoding": str,
    "sheet": str,
    "defaults": dict,
}
_DEFAULTS: Final = ("service", "service_date", "kind")
_DELIMITER_CHARS_MAX: Final = 8
_LINE_CHARS_MAX: Final = 2_000
_ROWS_MAX: Final = 1 << 20
"""As many as a workbook has."""
_SHOWN_KEYS, _SHOWN_CHARS = 20, 80


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """What a caller says of a file.

    ``columns`` says what a header is (a field, or ``-`` for a column that is left out); ``header_row`` is the row of
    the header as the user counts (0: there is none, and the columns are called 1, 2, 3 …); ``sheet`` is the only
    sheet that is read.
    """

    columns: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    delimiter: str | None = None
    header_row: int | None = None
    encoding: str | None = None
    sheet: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return what was said, as JSON; nothing for what was not."""
        said = {
            "columns": dict(self.columns) or None,
            "delimiter": self.delimiter,
            "header_row": self.header_row,
            "encoding": self.encoding,
            "sheet": self.sheet,
        }
        return {name: value for name, value in said.items() if value is not None}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "ReadOptions":
        """Read back what :meth:`as_json` wrote."""
        return cls(**value)


def column_options(texts: Mapping[str, str] | list[str]) -> dict[str, str]:
    """Return ``HEADER=FIELD`` texts as a mapping.  Raises Invalid."""
    if isinstance(texts, Mapping):
        return {str(header): str(said) for header, said in texts.items()}
    found = {}
    for text in texts:
        header, separator, said = text.rpartition("=")
        if not separator or not header.strip() or not said.strip():
            raise Invalid("bad-column", f"--column {text}: 应为 / must be HEADER=FIELD (法人名称=legal_name, 简称=-)")
        found[header.strip()] = said.strip()
    return found


def delimiter_option(text: str | None) -> str | None:
    r"""Return a delimiter as it is in the file: ``\x01``, ``\t`` and ``tab`` are taken too.  Raises Invalid."""
    if text is None:
        return None
    found = _DELIMITER_WORDS.get(text.lower(), text)
    if found.lower().startswith(_ESCAPED):
        try:
            found = bytes.fromhex(found[2:].zfill(2)).decode("latin-1")
        except ValueError:
            found = ""
    if not found or len(found) > _DELIMITER_CHARS_MAX or any(sign in found for sign in '"\r\n') or found.isalnum():
        raise Invalid("bad-delimiter", f"--delimiter {text!r}: 不能作分隔符 / cannot stand between fields")
    return found


def header_row_option(row: int | None, *, no_header: bool) -> int | None:
    """Return the row of the header, 0 for none.  Raises Invalid where both are said."""
    if no_header and row is not None:
        raise Invalid("bad-header-row", "--header-row 与 --no-header 只能选一 / choose --header-row or --no-header")
    return 0 if no_header else row


def merged(said: ReadOptions, kept: ReadOptions) -> ReadOptions:
    """Return the options of a call over those of a mapping file."""
    given = {name: value for name, value in said.as_json().items() if name != "columns"}
    return replace(kept, columns={**kept.columns, **said.columns}, **given)


def read_mapping(path: Path) -> tuple[ReadOptions, dict[str, str]]:
    """Return the reading of a mapping file, and its defaults (service, service_date, kind).  Raises Invalid."""
    try:
        return mapping_of(path.read_text(encoding="utf-8-sig"), path.name)
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid("bad-mapping", f"{path}: 无法读取 / cannot be read") from error


def mapping_of(text: str, name: str) -> tuple[ReadOptions, dict[str, str]]:
    """Read the text of a mapping file (TOML).  Raises Invalid with what is wrong."""
    value = _toml(text, name)
    defaults = value.get("defaults", {})
    wrong = [key for key, kind in _KEYS.items() if not isinstance(value.get(key, kind()), kind)]
    if wrong:
        raise Invalid("bad-mapping", f"{name}: 类型有误 / of the wrong kind: {', '.join(wrong)}")
    unknown = [key for key in value if key not in _KEYS]
    unknown += [f"defaults.{key}" for key in defaults if key not in _DEFAULTS]
    if unknown:
        shown = ", ".join(key[:_SHOWN_CHARS] for key in unknown[:_SHOWN_KEYS])
        raise Invalid("bad-mapping", f"{name}: 未知项 / unknown: {shown} ({', '.join(_KEYS)})")
    row = value.get("header_row")
    if row is not None and (isinstance(row, bool) or not 0 <= row <= _ROWS_MAX):
        raise Invalid("bad-mapping", f"{name}: header_row 应为行号，0 表示无表头 / must be a row, 0 for none")
    options = ReadOptions(
        columns=column_options(value.get("columns", {})),
        delimiter=delimiter_option(value.get("delimiter")),
        header_row=row,
        encoding=known_encoding(value.get("encoding")),
        sheet=value.get("sheet"),
    )
    return options, {key: str(one) for key, one in defaults.items()}


def _toml(text: str, name: str) -> dict[str, Any]:
    if max(map(len, text.split("\n"))) > _LINE_CHARS_MAX:
        # The parser takes time quadratic in the parts of a dotted key.
        detail = f"一行超过{_LINE_CHARS_MAX}字符 / a line is longer than {_LINE_CHARS_MAX} characters"
        raise Invalid("bad-mapping", f"{name}: {detail}")
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise Invalid("bad-mapping", f"{name}: 不是 TOML / is no TOML: {error}") from error
