"""Names that a narrow column breaks into lines: the lines are put together again where they are one name."""

import re
from typing import Final, NamedTuple

from app.watchlists.name_cells import words
from app.watchlists.name_cells.one_name import begins_with_region

_GOES_ON: Final = re.compile(
    r"(?:有?限?责任公司|有?限公司|有限责任$|股份有限公司|股份公司|公司$|司$|集团(?:股份)?有?限?公司)"
    r"|\((?:有限合伙|普通合伙)\)|合伙企业"
    r"|(?:交易|商品|电子)?(?:交易所|交易中心|交易市场|中心|市场|分公司)(?:$|\(|(?:股份)?有限)"
)
"""How no name begins, so that the line belongs to the one above."""

_UNIT: Final = re.compile(rf"[{words.HAN}]{{2,8}}(?:分公司|营业部|办事处)$")
_START: Final = re.compile(rf"[{words.HAN}A-Za-z0-9()·]{{2,60}}")


class Joined(NamedTuple):
    """A cell with wrapped names put together; ``is_guessed`` where two lines could also be two names."""

    text: str
    is_guessed: bool = False


def joined_lines(text: str) -> Joined:
    """Return a cell, in one writing (:func:`.view.view`), with the lines of a wrapped name put together."""
    if "\n" not in text:
        return Joined(text)
    *above, last = text.split("\n")
    lines = [last]
    is_guessed = False
    for line in reversed(above):  # a name of four lines is put together from its end
        goes_on = _goes_on(line, lines[0])
        if goes_on or _is_broken(line, lines[0]):
            lines[0] = line + lines[0]
            is_guessed = is_guessed or not goes_on
        else:
            lines.insert(0, line)
    return Joined("\n".join(lines), is_guessed)


def _goes_on(above: str, line: str) -> bool:
    """Whether a line is how no name begins, below one that is not at its end."""
    if _START.fullmatch(above) is None:
        return False
    is_at_end = words.COMPANY.search(above[-6:]) is not None
    return (_UNIT if is_at_end else _GOES_ON).match(line) is not None


def _is_broken(above: str, line: str) -> bool:
    """Whether a line that begins with a region and does not end goes on in one that ends and does not begin."""
    return (
        begins_with_region(above)
        and not words.ORGANISATION.search(above)
        and words.ORGANISATION.search(line) is not None
        and not begins_with_region(line)
        and _START.fullmatch(line) is not None
        and words.REMARK.fullmatch(line) is None
    )
