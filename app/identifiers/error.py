"""What is wrong with an identifier, and what it may have been meant to be."""

from app.errors import Invalid
from app.identifiers.scheme import Scheme


class IdentifierError(Invalid):
    """The text is no identifier of its scheme.

    ``suggestion`` is the normal form of a value that would be one, where only the usual slips of hand
    (letter O for 0, I for 1, Z for 2, S for 5) are among them; it is shown and never applied.
    """

    def __init__(self, scheme: Scheme, text_zh: str, text_en: str, suggestion: str | None = None) -> None:
        super().__init__(f"identifier-{scheme.value.lower().replace('_', '-')}", f"{text_zh} ({text_en})")
        self.scheme = scheme
        self.text_zh = text_zh
        self.text_en = text_en
        self.suggestion = suggestion
