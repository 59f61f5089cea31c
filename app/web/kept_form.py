"""What a person had typed when the session had ended: it is not lost, and nothing is done with it unseen.

The login is in the place of the answer and carries the fields of the form; after it the person goes back to the
form, with what was typed in it, and sends it once more or not.  Keys are never carried.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from fastapi import Request
from starlette.datastructures import FormData

RETURNING: Final = "kept"
"""The field by which a page knows that it is only to show a form again."""

_AT: Final = "kept_at"
_PREFIX: Final = "kept-"
_NEVER: Final = frozenset({"key", "ticket", "next", RETURNING, _AT})
_CHARS_MAX: Final = 200_000
_FORMS: Final = re.compile(r"/|/sweeps|/alerts/[^/]+|/lists/[^/]+/versions/[0-9]+")
_URLENCODED: Final = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptForm:
    """Where a form was sent to, and its fields."""

    at: str
    fields: Mapping[str, str] = field(default_factory=dict)

    def carried(self) -> list[tuple[str, str]]:
        """Return the hidden fields that the login carries."""
        return [(_AT, self.at), *((_PREFIX + name, value) for name, value in self.fields.items())]


async def sent_with(request: Request) -> KeptForm | None:
    """Return the form that a request was sent with; None where there is none that can be shown again."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method != "POST" or kind != _URLENCODED or not _FORMS.fullmatch(request.url.path):
        return None
    fields = _texts(await request.form())
    if sum(map(len, fields.values())) > _CHARS_MAX:
        return None
    return KeptForm(at=request.url.path, fields=fields)


def carried_by(form: Mapping[str, Any]) -> KeptForm | None:
    """Return what a login carries."""
    at = str(form.get(_AT, ""))
    if not _FORMS.fullmatch(at):
        return None
    carried = {name.removeprefix(_PREFIX): value for name, value in form.items() if name.startswith(_PREFIX)}
    return KeptForm(at=at, fields=_texts(carried))


def _texts(form: FormData | Mapping[str, Any]) -> dict[str, str]:
    return {name: value for name, value in form.items() if isinstance(value, str) and name not in _NEVER}
