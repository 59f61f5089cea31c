"""Takes a name cell apart: several names, former names, remarks, codes, people, addresses, numbering, marks.

Everything in the cell must be told; what is not, is named, so that a person can put it right.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from app.names.regions import regions_by_name
from app.tabular.encodings import DAMAGED, PRIVATE
from app.watchlists.name_cells import words
from app.watchlists.name_cells.reading import ALIAS, EN, FORMER, LEGAL, NameCell, ReadName
from app.watchlists.name_cells.view import as_written, view

_PLAIN: Final = re.compile(f"[{words.HAN}]{{2,60}}")
_SUSPICIOUS: Final = re.compile(
    "[等及和与暨即原曾现已被未拟涉正为是系称]|疑似|更名|改名|变更|前身|品牌|商标|商号|对外|会员|法人|法定|电话|地址|网站|公众号"
    "|旧名|前名|又名|别名|新名|今名|今为|代码|停业|注销|关闭|吊销|所属|隶属|上级|母公司|挂靠"
)
_NUMBERED: Final = re.compile(
    rf"(?!第[0-9]+家)(?:(?![路街道巷里村镇乡区厦场园楼座层])[{words.HAN}]){{1,60}}[0-9]{{1,6}}[{words.HAN}]{{0,40}}"
)
"""Characters and one small number, which is neither a code nor a telephone nor that of a house."""

_BRACKET: Final = re.compile(r"\(([^()]{0,300})\)")
_QUOTED: Final = re.compile(r"\"([^\"]{1,60})\"")
_HAN_BLANK: Final = re.compile(rf"(?<=[{words.HAN}\)]) (?=[{words.HAN}\(])")
_WORD: Final = re.compile(rf"(?![已现于因被原曾未拟正])[{words.HAN}A-Za-z0-9·&]{{1,10}}")
_HAN: Final = re.compile(f"[{words.HAN}]")
_PIECE_END: Final = re.compile(r"[;、,|/\n(\"]")
_PART_END: Final = re.compile(r"[,、/ ;]")
_BLANK: Final = re.compile(" ")
_DEPTH_MAX: Final = 6
_SHORT_MAX: Final = 16
_PIECE_CHARS_MAX: Final = 500
"""A name has at most 400 characters; what is longer and not divided is none, and is not searched for one."""
_HELD: Final = "\ue000"
"""Stands for the opening, and the next character for the closing, of a bracket that belongs to a name."""

_HELD_END: Final = "\ue001"
_COMMA: Final = "\ue002"
"""Stands for the comma of Co., Ltd."""


@lru_cache(maxsize=4_096)
def take_apart(text: str, kind: str = LEGAL) -> NameCell:
    """Return what a cell says.  ``kind`` is the type of a name that the cell calls nothing else.  Do not change it."""
    found = NameCell()
    if _PLAIN.fullmatch(text) and not _SUSPICIOUS.search(text):
        found.add_name(text, kind)
        return found
    seen = view(text)
    if PRIVATE.search(seen) or DAMAGED in seen:
        found.refuse(text)
        return found
    _read(_facts(seen, found), kind, found, 0)
    _name_the_present(found)
    return found


def is_plain(text: str, kind: str = LEGAL) -> bool:
    """Whether a cell is one name and nothing else, so that there is nothing to say of it."""
    if _NUMBERED.fullmatch(text) and not _SUSPICIOUS.search(text) and _is_short_enough(text, kind):
        return True
    found = take_apart(text, kind)
    if found.unexplained is not None or len(found.names) != 1 or found.cells or found.remarks:
        return False
    (name,) = found.names
    # The point of Ltd. is a part of the name, and so is no other mark at its end.
    return name.type == kind and _bare(name.text) in (_bare(view(text)), _bare(view(text)).removesuffix("."))


def _is_short_enough(text: str, kind: str) -> bool:
    """Whether a text of characters and a small number can be a name of this kind."""
    if kind != ALIAS:
        return True
    return len(text) <= _SHORT_MAX and not words.ORGANISATION.search(text) and not words.REMARK.fullmatch(text)


def _bare(text: str) -> str:
    return "".join(text.split()).replace("（", "(").replace("）", ")").replace("'", "")


def _facts(text: str, found: NameCell) -> str:
    """Take out codes, telephones, sites, people and labelled addresses; return what is left."""
    text = _taken(words.USCC, "uscc", "code", text, found)
    text = _taken(words.ORG_CODE, "org_code", "code", text, found)
    text = _taken(words.REG_NO, "reg_no_15", "code", text, found)
    text = _taken(words.DOMAIN, "domains", "code", text, found)
    text = _taken(words.PHONE, "phones", "code", text, found)
    for match in words.PERSON.finditer(text):
        if match["role"] in _ROLES:
            found.add_cell("actual_controller" if "控制" in match["role"] else "legal_rep", match["name"])
        else:
            found.remarks.append(match[0])
    text = words.PERSON.sub(" ", text)
    text = _taken(words.WECHAT, "wechat_name", "name", text, found)
    text = _taken(words.APP, "app_name", "name", text, found)
    return _taken(words.ADDRESS_LABEL, "biz_address", "name", text, found)


_ROLES: Final = frozenset({"法定代表人", "法人代表", "法人", "实际控制人", "控制人"})


def _taken(pattern: re.Pattern[str], alias: str, group: str, text: str, found: NameCell) -> str:
    for match in pattern.finditer(text):
        found.add_cell(alias, match[group].strip(" .,;"))
    return pattern.sub(" ", text) if alias in found.cells else text


def _name_the_present(found: NameCell) -> None:
    """Put the present legal name first; a cell of nothing but a site is named by that."""
    if not found.names and found.unexplained is None:
        for site in found.cells.get("domains", ())[:1]:
            found.add_name(site, LEGAL)
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
        held, insides = _held(_unwrapped(line), found)
        for piece in _pieces(held):
            _read_piece(piece, kind, found, depth)
        for inside in insides:
            _read_inside(inside, found, depth)


def _unwrapped(text: str) -> str:
    """Take numbers and marks away from around a text; a quoted part of a name is a part of it."""
    stripped = text.strip(words.BULLETS + words.QUOTES)
    if numbered := words.NUMBERING.match(stripped):
        stripped = stripped[numbered.end() :].strip(words.BULLETS + words.QUOTES)
    return stripped


def _held(text: str, found: NameCell) -> tuple[str, list[str]]:
    """Take out what is in brackets, and hold together the brackets that belong to a name."""
    insides = []
    while match := _BRACKET.search(text):
        inside, before, after = match[1].strip(), text[: match.start()], text[match.end() :]
        if _belongs(inside, before, after):
            text = f"{before}{_HELD}{inside}{_HELD_END}{after}"
            continue
        if inside and words.ORGANISATION.search(before) and regions_by_name(inside):
            found.remarks.append(inside)  # 有限公司（福建）: where it is
        elif inside:
            insides.append(inside)
        text = f"{before} {after}" if _splits(before, after) else f"{before}{after}"
    return text, insides


def _splits(before: str, after: str) -> bool:
    return bool(words.ORGANISATION.search(before.rstrip()) and after.strip())


def _belongs(inside: str, before: str, after: str) -> bool:
    """Whether brackets are a part of the name: 福丽（福建）有限公司, …合伙企业（有限合伙）."""
    if words.KEPT.fullmatch(inside):
        return True
    follows = _PIECE_END.split(after, maxsplit=1)[0].strip(words.BULLETS)
    if not follows or words.COMPANY.search(before[-8:]) or words.NOT_A_NAME.match(follows):
        return False
    if after.startswith(" ") and words.ORGANISATION.search(before):
        return False
    if regions_by_name(inside):
        return _HAN.match(follows) is not None
    if not before.strip(words.BULLETS) or not words.ORGANISATION.search(follows):
        return False
    return (
        bool(_WORD.fullmatch(inside))
        and not any(pattern.match(inside) for pattern in (words.RENAMED, words.FORMER, words.ALIAS))
        and not words.REMARK.fullmatch(inside)
    )


def _read_inside(inside: str, found: NameCell, depth: int) -> None:
    """Read what is in brackets behind a name: mostly no name, and where it is one, another one."""
    if _is_remark(inside):
        found.remarks.append(inside)
        return
    if (former := words.FORMERLY.fullmatch(inside)) and not words.FORMER.fullmatch(inside):
        _read(former["name"], FORMER, found, depth + 1)
        return
    quoted = inside.strip()
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
        or regions_by_name(bare)
        or bare.isdecimal()
        or all(words.REMARK.fullmatch(part) for part in _PART_END.split(bare) if part)
    )


def _pieces(text: str) -> Iterator[str]:
    """Give the pieces between separators, numbers inside a cell and conjunctions between organisations."""
    marked = words.LATIN_COMMA.sub(_COMMA, words.INNER_NUMBERING.sub(";", text))
    for piece in words.SEPARATORS.split(marked):
        yield from words.CONJUNCTION.split(" ".join(piece.split()))


def _joined_by_and(text: str) -> tuple[str, str] | None:
    """Return a short name and the company that 和 or 及 joins to it, recognised by the region in front."""
    for match in words.AND_COMPANY.finditer(text):
        left, right = text[: match.start()], text[match.end() :]
        if len(left) > 2 and _begins_with_region(right):  # noqa: PLR2004 - a short name
            return left, right
    return None


def _begins_with_region(name: str) -> bool:
    return any(regions_by_name(name[:length]) for length in range(2, 8))


def _read_piece(piece: str, kind: str, found: NameCell, depth: int) -> None:
    text = _unwrapped(piece)
    if not text:
        return
    if len(text) > _PIECE_CHARS_MAX:
        found.refuse(text)
        return
    if found.names and (both := _joined_by_and(text)):
        for one in both:
            _read_piece(one, kind, found, depth)
        return
    if found.names and words.AND_COMPANY.match(text) and (match := words.LEADING_AND.fullmatch(text)):
        if not _begins_with_region(match["name"]):
            found.refuse(text)  # 和平… or 和 and another name: nobody knows
            return
        text = match["name"]
    elif found.names and words.SHORT_AND_COMPANY.match(text):
        found.refuse(text)
        return
    if not _read_labelled(text, kind, found, depth):
        _read_tail(text, kind, found, depth)


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
    elif match := words.PARENT.fullmatch(text):
        found.add_cell("parent_name", as_written(match["name"]))
    elif match := words.RENAMED.fullmatch(text):
        _read_present(match["name"], found, depth)
    return match is not None


_LABELLED: Final = (
    (words.OWN, None),
    (words.FORMER, FORMER),
    (words.ALIAS, ALIAS),
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


def _read_tail(text: str, kind: str, found: NameCell, depth: int) -> None:
    """Take away what follows a name directly, then read the name."""
    if (words.REMARK.fullmatch(text) or words.AND_OTHERS.fullmatch(text)) and (found.names or kind == ALIAS):
        found.remarks.append(text)
        return
    for tail in (words.AND_OTHERS.search(text), words.CHANNEL_TAIL.search(text), words.REMARK_TAIL.search(text)):
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
    restored = text.replace(_HELD, "(").replace(_HELD_END, ")").replace(_COMMA, ",")
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
    is_place = words.ADDRESS.fullmatch(text) is not None and _begins_with_region(text)
    return is_place and " " not in text and not words.ORGANISATION.search(text)


def _tokens(text: str) -> list[str]:
    """Split at blanks, but for those inside an English name and before the rest of a company's name."""
    tokens: list[str] = []
    for token in text.split(" "):
        is_rest = bool(words.COMPANY.search(token)) and not _begins_with_region(token)
        if tokens and (
            (token.isascii() and tokens[-1].isascii()) or (is_rest and not words.ORGANISATION.search(tokens[-1]))
        ):
            tokens[-1] += f" {token}"
        else:
            tokens.append(token)
    return tokens


def _read_name(text: str, kind: str, found: NameCell) -> None:
    """Take a piece as a name, if it can be one."""
    name = _HAN_BLANK.sub("", text.strip(words.BULLETS).replace('"', "")).strip(words.QUOTES + " ")
    if not name:
        return
    if words.LATIN.fullmatch(name) and found.names and any(not one.text.isascii() for one in found.names):
        found.add_name(name, EN)
        return
    if not words.NAME.fullmatch(name) or len(name) < 2 or name.count("(") != name.count(")"):  # noqa: PLR2004 - as names
        found.refuse(text)
        return
    if found.names and _is_address(name):
        found.add_cell("biz_address", name)
        return
    if words.ADDRESS_INSIDE.search(name) and words.COMPANY.search(name):
        found.refuse(text)
        return
    is_organisation = words.ORGANISATION.search(name) is not None
    if kind == ALIAS and is_organisation and (words.COMPANY.search(name) or _begins_with_region(name)):
        kind = LEGAL  # a company named beside another is one of its own
    elif kind == LEGAL and found.has(LEGAL) and not (words.COMPANY.search(name) or (is_organisation and len(name) > 8)):  # noqa: PLR2004 - as short names are
        kind = ALIAS
    if kind == ALIAS and not is_organisation and len(name) > _SHORT_MAX:
        found.refuse(text)
        return
    found.add_name(name, kind)
