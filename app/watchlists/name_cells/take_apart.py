"""Takes a name cell apart: several names, former names, remarks, codes, people, addresses, numbering, marks.

Everything in the cell must be told; what is not, is named, so that a person can put it right.
"""

import re
from functools import lru_cache
from itertools import islice
from typing import Final

from app.names.regions import regions_by_name
from app.tabular.encodings import DAMAGED, PRIVATE
from app.watchlists.name_cells import words
from app.watchlists.name_cells.facts_in_cell import facts_taken
from app.watchlists.name_cells.lead_ins import PRESENT, LeadIn, is_short_name, lead_in_of
from app.watchlists.name_cells.one_name import MemberOfVenue, Parts, begins_with_region, is_one_name, member_of, parted
from app.watchlists.name_cells.pieces import COMMA, HELD, HELD_END, held, joined_by_and, pieces, unwrapped
from app.watchlists.name_cells.reading import ALIAS, EN, FORMER, LEGAL, NameCell, ReadName
from app.watchlists.name_cells.view import as_written, has_markup, view
from app.watchlists.name_cells.wrapped import joined_lines

_PLAIN: Final = re.compile(f"[{words.HAN}]{{2,60}}")
_SUSPICIOUS: Final = re.compile(
    "[等及和与暨即原曾现已被未拟涉正为是系称]|疑似|更名|改名|变更|前身|品牌|商标|商号|对外|会员|法人|法定|电话|地址|网站|公众号"
    "|管理人$|清算组$|筹备组$|旧名|前名|又名|别名|新名|今名|今为|代码|停业|注销|关闭|吊销|所属|隶属|上级|母公司|挂靠"
)
_NUMBERED: Final = re.compile(
    rf"(?!第[0-9]+家)(?:(?![路街道巷里村镇乡区厦场园楼座层])[{words.HAN}]){{1,60}}[0-9]{{1,6}}[{words.HAN}]{{0,40}}"
)
"""Characters and one small number, which is neither a code nor a telephone nor that of a house."""

_QUOTED: Final = re.compile(r"\"([^\"]{1,60})\"")
_TWO_SHORT: Final = re.compile(f"[{words.HAN}]{{3,8}}[和及与][{words.HAN}]{{3,8}}")
"""Two short names in one, or one with such a character inside: nobody knows."""

_QUOTES_TOUCH: Final = re.compile(rf'(?<=[{words.HAN}A-Za-z0-9])"" ?(?=[{words.HAN}A-Za-z0-9])')
_HAN_BLANK: Final = re.compile(rf"(?<=[{words.HAN}\)]) (?=[{words.HAN}\(])")
_HAN: Final = re.compile(f"[{words.HAN}]")
_PART_END: Final = re.compile(r"[,、/ ;]")
_BLANK: Final = re.compile(" ")
_MAY_JOIN: Final = re.compile(rf"[{words.HAN}\"] ?[-—·_+&:\"] ?[{words.HAN}\"]|[{words.HAN}]\"[{words.HAN}A-Za-z]")
_NAMED_IN_REMARK: Final = re.compile(f"[{words.HAN}]{{4}}(?:有限责任公司|股份有限公司|有限公司)")
_DEPTH_MAX: Final = 6
_SHORT_MAX: Final = 16
_PIECE_CHARS_MAX: Final = 500
"""A name has at most 400 characters; what is longer and not divided is none, and is not searched for one."""


@lru_cache(maxsize=4_096)
def take_apart(text: str, kind: str = LEGAL) -> NameCell:
    """Return what a cell says.  ``kind`` is the type of a name that the cell calls nothing else.  Do not change it."""
    found = NameCell()
    if _PLAIN.fullmatch(text) and not _SUSPICIOUS.search(text) and is_one_name(text) and not _is_led_in(text):
        found.add_name(text, kind)
        return found
    seen = joined_lines(view(text)).text
    if PRIVATE.search(seen) or DAMAGED in seen:
        found.refuse(text)
        return found
    _read(facts_taken(seen, found), kind, found, 0)
    for remark in found.remarks:
        if _NAMED_IN_REMARK.search(remark):
            found.refuse(remark)  # a company that nobody reads is no remark
    _name_the_present(found)
    return found


def is_plain(text: str, kind: str = LEGAL) -> bool:
    """Whether a cell is one name and nothing else, so that there is nothing to say of it."""
    if (
        _NUMBERED.fullmatch(text)
        and lead_in_of(text) is None
        and not _SUSPICIOUS.search(text)
        and _is_short_enough(text, kind)
        and is_one_name(text)
    ):
        return True
    found = take_apart(text, kind)
    if has_markup(text) or found.unexplained is not None or len(found.names) != 1 or found.cells or found.remarks:
        return False
    if joined_lines(view(text)).is_guessed:
        return False
    (name,) = found.names
    # The point of Ltd. is a part of the name, and so is no other mark at its end.
    return name.type == kind and _bare(name.text) in (_bare(view(text)), _bare(view(text)).removesuffix("."))


def _is_led_in(text: str) -> bool:
    """Whether something known is before the name that a text is."""
    lead = lead_in_of(text)
    return lead is not None and (lead.kind is not None or lead.is_refused)


def _is_short_enough(text: str, kind: str) -> bool:
    """Whether a text of characters and a small number can be a name of this kind."""
    if kind != ALIAS:
        return True
    return len(text) <= _SHORT_MAX and not words.ORGANISATION.search(text) and not words.REMARK.fullmatch(text)


def _bare(text: str) -> str:
    return "".join(text.split()).replace("（", "(").replace("）", ")").replace("'", "")


def _name_the_present(found: NameCell) -> None:
    """Put the present legal name first; a cell of nothing but a site or an app is named by that."""
    if not found.names and found.unexplained is None:
        named = (text for alias in ("domains", "app_name", "wechat_name") for text in found.cells.get(alias, ()))
        for text in islice(named, 1):
            found.add_name(text, LEGAL)
    if found.present is not None:
        found.names = [
            ReadName(one.text, FORMER) if one.type == LEGAL and one.text != found.present else one
            for one in found.names
        ]
    found.names.sort(key=lambda one: (LEGAL, FORMER, ALIAS, EN).index(one.type))


def _read(text: str, kind: str, found: NameCell, depth: int) -> None:
    """Read a stretch of text: split it, then take each piece by itself, and at last what is in brackets."""
    if depth > _DEPTH_MAX:
        found.refuse(text)
        return
    for line in text.split("\n"):
        rest, insides = held(unwrapped(line), found)
        for piece in pieces(rest):
            _read_piece(piece, kind, found, depth)
        for inside in insides:
            _read_inside(inside, found, depth)


def _read_inside(inside: str, found: NameCell, depth: int) -> None:
    """Read what is in brackets behind a name: mostly no name, and where it is one, another one."""
    if noted := words.NOTED.match(inside):
        inside = inside[noted.end() :]
    if _is_remark(inside):
        found.remarks.append(inside)
        return
    if (present := words.NOW.fullmatch(inside)) and begins_with_region(present["name"]):
        _read_present(present["name"], found, depth)
        return
    if (former := words.FORMERLY.fullmatch(inside)) and not words.FORMER.fullmatch(inside):
        _read(former["name"], FORMER, found, depth + 1)
        return
    quoted = _QUOTES_TOUCH.sub('";"', inside.strip())
    if quoted != inside.strip():
        _read(quoted, ALIAS, found, depth + 1)
        return
    if _QUOTED.fullmatch(quoted):
        _read(quoted, ALIAS, found, depth + 1)
        return
    _read(inside, ALIAS, found, depth + 1)


def _is_remark(text: str) -> bool:
    bare = text.strip(words.BULLETS + words.QUOTES)
    return bool(
        not bare
        or words.REMARK.fullmatch(bare)
        or words.DATE.fullmatch(bare)
        or words.SPAN.fullmatch(bare)
        or regions_by_name(bare)
        or bare.isdecimal()
        or all(words.REMARK.fullmatch(part) for part in _PART_END.split(bare) if part)
    )


def _read_piece(piece: str, kind: str, found: NameCell, depth: int) -> None:
    text = unwrapped(piece)
    if not text:
        return
    if len(text) > _PIECE_CHARS_MAX:
        found.refuse(text)
        return
    if found.names and (both := joined_by_and(text)):
        for one in both:
            _read_piece(one, kind, found, depth)
        return
    if found.names and words.AND_COMPANY.match(text) and (match := words.LEADING_AND.fullmatch(text)):
        if not begins_with_region(match["name"]):
            found.refuse(text)  # 和平… or 和 and another name: nobody knows
            return
        text = match["name"]
    elif found.names and words.SHORT_AND_COMPANY.match(text):
        found.refuse(text)
        return
    if _read_labelled(text, kind, found, depth):
        return
    lead = lead_in_of(text) if depth < _DEPTH_MAX else None
    if lead is None or not _read_led_in(lead, kind, found, depth):
        _read_tail(text, kind, found, depth)


def _read_led_in(lead: LeadIn, kind: str, found: NameCell, depth: int) -> bool:
    """Read a name with something before it; whether that is what the text is."""
    if lead.kind is None:
        if not found.names and not lead.is_refused:
            return False  # the region may be in the middle of the first name
        found.refuse(lead.text + lead.name)
        return True
    bare = lead.text.strip()
    if lead.is_short_name:
        if not is_short_name(bare):
            return False
        _read_piece(lead.name, kind, found, depth + 1)
        found.add_name(bare, EN if bare.isascii() else ALIAS)
        return True
    if lead.kind == PRESENT:
        _read_present(lead.name, found, depth)
    else:
        _read_piece(lead.name, FORMER if lead.kind == FORMER else kind, found, depth + 1)
    return True


def _read_labelled(text: str, kind: str, found: NameCell, depth: int) -> bool:
    """Read a piece that says what it is; whether it does."""
    for pattern, named in _LABELLED:
        if match := pattern.fullmatch(text):
            _read(match["name"], named or kind, found, depth + 1)
            return True
    if match := words.MEMBER.fullmatch(text):
        found.add_cell("parent_name", match["parent"])
        found.add_cell("member_no", match["number"])
        _read(match["name"], LEGAL, found, depth + 1)
    elif member := member_of(text):
        _read_member(member, found, depth)
        return True
    elif match := words.PARENT.fullmatch(text):
        found.add_cell("parent_name", as_written(match["name"]))
    elif match := words.RENAMED.fullmatch(text):
        _read_present(match["name"], found, depth)
    return match is not None


def _read_member(member: MemberOfVenue, found: NameCell, depth: int) -> None:
    if member.parent:
        found.add_cell("parent_name", member.parent)
    if member.number:
        found.add_cell("member_no", member.number)
    _read(member.name, LEGAL, found, depth + 1)


_LABELLED: Final = (
    (words.OWN, None),
    (words.NAMED_AS, ALIAS),
    (words.FORMER_UNTIL, FORMER),
    (words.FORMER_BY, FORMER),
    (words.OPERATED_BY, LEGAL),
    (words.FORMER, FORMER),
    (words.ENGLISH, EN),
    (words.ALIAS, ALIAS),
    (words.ALIAS_MARKED, ALIAS),
    (words.OPERATOR, LEGAL),
)


def _read_present(name: str, found: NameCell, depth: int) -> None:
    """Read the name that the entity has now."""
    other = NameCell()
    _read(name, LEGAL, other, depth + 1)
    if other.unexplained or len(other.of(LEGAL)) != 1:
        found.refuse(name)
        return
    found.present = other.of(LEGAL)[0]
    for one in other.names:
        found.add_name(one.text, one.type)
    found.remarks += other.remarks


def _may_be_a_name(text: str) -> bool:
    if not words.NAME.fullmatch(text) or len(text) < 2 or text.count("(") != text.count(")"):  # noqa: PLR2004 - as names
        return False
    return not (words.ADDRESS_INSIDE.search(text) and words.COMPANY.search(text))


def _read_joined(name: str, text: str, kind: str, found: NameCell) -> bool:
    """Read a text that is more than one name, or refuse it; whether it is no single name."""
    whole = _HAN_BLANK.sub("", text.strip(words.BULLETS + words.QUOTES))
    is_one = is_one_name(name)
    if is_one and not _MAY_JOIN.search(whole):
        return False
    parts = parted(whole)
    if parts is not None:
        _read_parts(parts, kind, found)
    elif not is_one:
        found.refuse(text)
    return parts is not None or not is_one


def _read_parts(parts: Parts, kind: str, found: NameCell) -> None:
    for company in parts.companies:
        found.add_name(company, LEGAL if kind == ALIAS else kind)
    for brand in parts.brands:
        if words.REMARK.fullmatch(brand):
            found.remarks.append(brand)
        else:
            found.add_name(brand, ALIAS)


def _read_tail(text: str, kind: str, found: NameCell, depth: int) -> None:
    """Take away what follows a name directly, then read the name."""
    if (words.REMARK.fullmatch(text) or words.AND_OTHERS.fullmatch(text)) and (found.names or kind == ALIAS):
        found.remarks.append(text)
        return
    for tail in (words.AND_OTHERS.search(text), words.CHANNEL_TAIL.search(text), words.REMARK_TAIL.search(text)):
        if tail and words.COMPANY.search(tail[0]):
            continue
        if tail and 1 < tail.start() < len(text) and _ends_a_name(text[: tail.start()], found, kind):
            found.remarks.append(tail[0].strip(words.BULLETS))
            text = text[: tail.start()].rstrip(words.BULLETS + words.QUOTES)
    company = words.COMPANY.search(text)
    if company and company.end() < len(text):
        rest = text[company.end() :].strip(words.BULLETS)
        for pattern in (words.RENAMED, words.FORMER, words.ALIAS, words.OPERATOR, words.ADDRESS):
            if pattern.fullmatch(rest):
                _read_piece(text[: company.end()], kind, found, depth + 1)
                _read_piece(rest, kind, found, depth + 1)
                return
    _read_blanks(text, kind, found, depth)


def _ends_a_name(text: str, found: NameCell, kind: str) -> bool:
    bare = text.rstrip(words.BULLETS + words.QUOTES)
    return bool(words.ORGANISATION.search(bare)) or (kind == ALIAS and len(bare) > 2) or bool(found.names)  # noqa: PLR2004 - a short name


def _read_blanks(text: str, kind: str, found: NameCell, depth: int) -> None:
    """Split at blanks where a name ends before one; other blanks are inside a name."""
    restored = text.replace(HELD, "(").replace(HELD_END, ")").replace(COMMA, ",")
    for match in _BLANK.finditer(restored):
        left, right = restored[: match.start()], restored[match.end() :]
        bare = words.CHANNEL_TAIL.sub("", words.AND_OTHERS.sub("", left.rstrip(words.BULLETS + words.QUOTES)))
        if words.ORGANISATION.search(bare) and not _continues(right):
            _read_name(bare, kind, found)
            _read_beside(right, found, depth)
            return
    if (found.names or kind == ALIAS) and len(_tokens(restored)) > 1:
        _read_beside(restored, found, depth)
        return
    _read_name(restored, kind, found)


def _continues(right: str) -> bool:
    """Whether a blank after an ending such as 交易中心 is inside a name: 交易中心 有限公司."""
    return words.COMPANY.match(right) is not None or right.startswith("(")


def _read_beside(text: str, found: NameCell, depth: int) -> None:
    """Read what follows a name and a blank: an English name, an address, a short name, another name."""
    bare = text.strip(words.BULLETS)
    if not bare:
        return
    if words.LATIN.fullmatch(bare):
        found.add_name(bare, EN)
    elif _is_remark(bare):
        found.remarks.append(bare)
    elif _is_address(bare):
        found.add_cell("biz_address", bare)
    elif len(tokens := _tokens(bare)) > 1:
        for token in tokens:
            _read_beside(token, found, depth + 1)
    else:
        _read(text, ALIAS, found, depth + 1)


def _is_address(text: str) -> bool:
    is_place = words.ADDRESS.fullmatch(text) is not None and begins_with_region(text)
    return is_place and " " not in text and not words.ORGANISATION.search(text)


def _tokens(text: str) -> list[str]:
    """Split at blanks, but for those inside an English name and before the rest of a company's name."""
    tokens: list[str] = []
    for token in text.split(" "):
        is_rest = bool(words.COMPANY.search(token)) and not begins_with_region(token)
        if tokens and (
            (token.isascii() and tokens[-1].isascii()) or (is_rest and not words.ORGANISATION.search(tokens[-1]))
        ):
            tokens[-1] += f" {token}"
        else:
            tokens.append(token)
    return tokens


def _read_name(text: str, kind: str, found: NameCell) -> None:
    """Take a piece as a name, if it can be one, or as the company and the brand or other companies that it holds."""
    name = _HAN_BLANK.sub("", text.strip(words.BULLETS).replace('"', "")).strip(words.QUOTES + " ")
    if not name:
        return
    if _read_joined(name, text, kind, found):
        return
    if words.LATIN.fullmatch(name) and found.names and any(not one.text.isascii() for one in found.names):
        found.add_name(name, EN)
        return
    if found.names and _is_address(name):
        found.add_cell("biz_address", name)
        return
    if not _may_be_a_name(name):
        found.refuse(text)
        return
    is_organisation = words.ORGANISATION.search(name) is not None
    if kind == ALIAS and is_organisation and (words.COMPANY.search(name) or begins_with_region(name)):
        kind = LEGAL  # a company named beside another is one of its own
    elif kind == LEGAL and found.has(LEGAL) and not (words.COMPANY.search(name) or (is_organisation and len(name) > 8)):  # noqa: PLR2004 - as short names are
        kind = ALIAS
    if kind == ALIAS and not is_organisation and (len(name) > _SHORT_MAX or _TWO_SHORT.fullmatch(name)):
        found.refuse(text)
        return
    found.add_name(name, kind)
