"""The texts of keys and clients: short, visible, without spaces around them."""

from app.errors import Invalid

_CHARS_MAX = 200


def checked(field: str, text: str) -> str:
    """Return a text without spaces around it.  Raises :class:`Invalid` where it is empty, too long or invisible."""
    if not 0 < len(text.strip()) <= _CHARS_MAX or not text.isprintable():
        detail = f"{field}: 须为1–{_CHARS_MAX}个可见字符 / 1 to {_CHARS_MAX} printable characters"
        raise Invalid("bad-key-field", detail)
    return text.strip()
