"""How large a list file may be."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from app.settings import Settings


@dataclass(frozen=True, slots=True)
class FileLimits:
    """Limits of one list file; past them it is refused before it costs time or memory."""

    bytes_max: int = 64 << 20
    rows_max: int = 200_000
    unpacked_bytes_max: int = 200 << 20
    text_chars_max: int = 20_000

    @classmethod
    def of(cls, settings: "Settings") -> Self:
        """Take the limits from the settings."""
        return cls(
            settings.upload_bytes_max,
            settings.upload_rows_max,
            settings.unpacked_bytes_max,
            settings.text_chars_max,
        )
