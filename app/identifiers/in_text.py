"""Codes inside names and texts: found by their form, cut out of the name that they are behind.

What has a form of its own counts (USCC, registration number with its check digit, domain, original id, package,
ICP number, telephone, account); any other number is a number.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from app.identifiers.error import IdentifierError
from app.identifiers.normal import INVISIBLE
from app.identifiers.parse import parse
from app.identifiers.scheme import Identifier, Scheme

_HAN_ENDS: Final = "(?:公司|中国|网络|网址|商城|集团|在线|中文网|网店|手机)"
"""Ends of domains that are written in characters."""

CANDIDATE: Final = "|".join(
    (
        r"[0-9０-９][ 0-9０-９（）()-]{5,}[0-9０-９]",
        r"(?i:gh_|ICP)",
        r"[0-9A-Za-z０-９Ａ-Ｚａ-ｚ]{15,}",
        r"[0-9A-Za-z-][.．。｡][A-Za-z]{2}",
        f"[\u4e00-\u9fff][.．](?:[A-Za-z]{{2}}|{_HAN_ENDS})",
        r"(?i:[0-9a-z] ?(?:[\[(] ?(?:\.|dot|点) ?[\])]| dot ) ?[a-z])",
        INVISIBLE.pattern,  # they may stand anywhere in a code
    )
)
"""A pattern, of RE2 too, without which a text holds no code."""

_MAY_HOLD: Final = re.compile(CANDIDATE)
_USCC_CHAR: Final = "[0-9A-HJ-NPQRTUWXY]"
_USCC: Final = re.compile(
    rf"(?<![0-9A-Z]){_USCC_CHAR}{{2}}[ -]?(?:[0-9][ -]?){{6}}(?:{_USCC_CHAR}[ -]?){{9}}{_USCC_CHAR}(?![0-9A-Z])",
    re.IGNORECASE,
)
_ORG: Final = re.compile(r"(?<![0-9A-Z-])[0-9A-Z]{8}-[0-9X](?![0-9A-Z-])", re.IGNORECASE)
_GH: Final = re.compile(r"(?<![0-9a-z_])gh_[0-9a-f]{12}(?![0-9a-f])", re.IGNORECASE)
_ICP: Final = re.compile(
    r"[\u4e00-\u9fff](?:ICP[备證证]|B[12]-)\s?[0-9]{6,10}(?:[号號](?:-[0-9]{1,5}[AX]?)?)?", re.IGNORECASE
)
_NAMES_OF_HOST: Final = (
    r"(?:[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?\.){1,6}(?:[a-z]{2,24}|xn--[a-z0-9-]{2,40})(?![a-z0-9_-])"
)
_HOST: Final = re.compile(rf"(?<![a-z0-9@_-])(?<![a-z0-9_-]\.)(?:https?://)?{_NAMES_OF_HOST}", re.IGNORECASE)
_MAIL: Final = re.compile(rf"(?<![a-z0-9._%+-])[a-z0-9._%+-]{{1,64}}+@{_NAMES_OF_HOST}", re.IGNORECASE)
_MAIL_ALONE: Final = re.compile(
    rf"(?<![a-z0-9._%+/:-])(?:mailto:)?[a-z0-9._%+-]{{1,64}}+@{_NAMES_OF_HOST}", re.IGNORECASE
)
_HAN_HOST: Final = re.compile(
    f"(?<![0-9A-Za-z\u4e00-\u9fff.-])[0-9A-Za-z\u4e00-\u9fff-]{{1,63}}+"
    rf"\.(?:{_HAN_ENDS}|xn--[a-z0-9-]{{2,40}}|[a-z]{{2,24}}(?:\.[a-z]{{2}})?(?![a-z0-9_-]|\.[a-z]))",
    re.IGNORECASE,
)
_HAN: Final = re.compile("[\u4e00-\u9fff]")
_HAN_LABEL_MAX: Final = 16
_STOP: Final = re.compile("(?<=[0-9A-Za-z])。(?=[A-Za-z]{2})")
_DOT: Final = re.compile(r" ?[\[(] ?(?:\.|dot|点) ?[\])] ?(?=[a-z])|(?<=[0-9a-z]) dot (?=[a-z])", re.IGNORECASE)
_NO_HOST: Final = re.compile(r"(?:^|\.)(?:co|corp|inc|ltd|llc|no|st|mr|dr)\.[a-z]+$", re.IGNORECASE)
_PACKAGE: Final = re.compile(r"(?:com|cn|org|net|io|me|app|tv|cc)\.[a-z0-9_-]+\.[a-z0-9_.-]+", re.IGNORECASE)
_DIGITS: Final = re.compile(r"(?<![0-9A-Za-z.])\+?\(?[0-9](?:[ ()-]{0,2}[0-9]){6,31}(?![0-9A-Za-z])")
_PHONE: Final = re.compile(r"(?:(?:\+|00)?86)?(?:1[3-9][0-9]{9}|0[0-9]{9,11}|[48]00[0-9]{7})|95[0-9]{3,6}")
_REG15_DIGITS: Final = 15
_ACCOUNT_DIGITS: Final = range(12, 33)
_LABEL: Final = (
    r"(?:统一社会信用代码|社会信用代码|统一信用代码|信用代码|营业执照号|工商注册号|注册号|组织机构代码|机构代码|银行账号|账号|帐号"
    r"|客服电话|联系电话|电话|手机|客服|热线|官方网站|官网|网站|网址|域名|原始ID|包名|ICP备案号|备案号|代码|TEL|税号|证号)"
)
_CUT: Final = "\x00"
# Nothing is tried twice, so that a text of many spaces costs no more than its length.
_AROUND: Final = re.compile(
    rf"(?:(?<![\s,，;；、/|])[\s,，;；、/|]*+)?(?:[(\[【〔<{{]\s*+)?(?:{_LABEL}[\s:：为是号]*+)?{_CUT}(?:\s*+[)\]】〕>}}])?",
    re.IGNORECASE,
)
_LETTERS: Final = re.compile(r"[^\W\d_]{2}")
_BETWEEN_DIGITS: Final = re.compile(r"[ ()-]")


@dataclass(frozen=True, slots=True)
class CodeInText:
    """A code and where it is, in characters of the text's NFKC form."""

    identifier: Identifier
    start: int
    end: int


def may_hold_code(text: str) -> bool:
    """Whether a text could hold a code at all; false is certain."""
    return _MAY_HOLD.search(text) is not None


def codes_in(text: str) -> tuple[Identifier, ...]:
    """Return the identifiers that a text holds, each once; a mail address is one of its host."""
    if not may_hold_code(text):
        return ()
    return tuple(dict.fromkeys(one.identifier for one in _found(_seen(text))))


def mails_in(text: str) -> list[str]:
    """Return the mail addresses that a text holds; what stands before the host of an address of the web is none."""
    return _MAIL_ALONE.findall(text) if "@" in text else []


def without_mails(text: str) -> str:
    """Return a text without the mail addresses in it."""
    return _MAIL_ALONE.sub(" ", text) if "@" in text else text


def _seen(text: str) -> str:
    """Return a text as a reader sees it, with the dots of addresses that are written in other ways."""
    seen = INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return _DOT.sub(".", _STOP.sub(".", seen))


def without_codes(name: str) -> str:
    """Return a name without the codes in it and what introduces them; a name of nothing else stays as it is."""
    if not may_hold_code(name):
        return name
    text = _seen(name)
    spans = sorted({(one.start, one.end) for one in _found(text) if one.start < one.end}, reverse=True)
    if not spans:
        return name
    cut_from = len(text)
    for start, end in spans:
        if end <= cut_from:
            text = text[:start] + _CUT + text[end:]
            cut_from = start
    left = _AROUND.sub(" ", text).strip()
    return left if _LETTERS.search(left) else name


def _found(text: str) -> Iterator[CodeInText]:
    taken: list[tuple[int, int]] = []
    for pattern, read in _READERS:
        for match in pattern.finditer(text):
            start, end = match.span()
            if any(start < other_end and other_start < end for other_start, other_end in taken):
                continue
            found = read(match[0])
            if found:
                taken.append((start, end))
            yield from (CodeInText(one, start, end) for one in found)
    for match in _HAN_HOST.finditer(text):
        # Where the words before it end and it begins nobody can see, so nothing of a name is cut off for it.
        yield from (CodeInText(one, match.end(), match.end()) for one in _of_characters(match[0]))


def _parsed(scheme: Scheme, text: str, *, checked: bool = False) -> list[Identifier]:
    try:
        found = parse(scheme, text)
    except IdentifierError:
        return []
    return [found] if found.checksum_ok or not checked else []


def _of_host(text: str) -> list[Identifier]:
    if _NO_HOST.search(text):
        return []
    package = _parsed(Scheme.APP_PKG, text) if _PACKAGE.fullmatch(text) else []
    return package + _parsed(Scheme.DOMAIN, text)


def _of_mail(text: str) -> list[Identifier]:
    return _parsed(Scheme.DOMAIN, text.rpartition("@")[2])


def _of_characters(text: str) -> Iterator[Identifier]:
    """Give the hosts of characters that a run of characters may end with: 请登录样本.网址."""
    label, dot, end = text.partition(".")
    if not _HAN.search(label):
        return
    for start in range(max(len(label) - _HAN_LABEL_MAX, 0), len(label)):
        if not _HAN.match(label, start):
            continue
        yield from _parsed(Scheme.DOMAIN, f"{label[start:]}{dot}{end}")


def _of_digits(text: str) -> list[Identifier]:
    digits = _BETWEEN_DIGITS.sub("", text)
    found = []
    if _PHONE.fullmatch(digits):
        found += _parsed(Scheme.PHONE, digits)
    plain = digits.lstrip("+")
    if len(plain) == _REG15_DIGITS:
        found += _parsed(Scheme.REG15, plain, checked=True)
    if len(plain) in _ACCOUNT_DIGITS:
        found += _parsed(Scheme.ACCOUNT, plain)
    return found


_READERS: Final[tuple[tuple["re.Pattern[str]", Callable[[str], list[Identifier]]], ...]] = (
    (_USCC, lambda text: _parsed(Scheme.USCC, text)),
    (_GH, lambda text: _parsed(Scheme.WECHAT_GH, text)),
    (_ICP, lambda text: _parsed(Scheme.ICP, text)),
    (_MAIL, _of_mail),
    (_HOST, _of_host),
    (_ORG, lambda text: _parsed(Scheme.ORG, text, checked=True)),
    (_DIGITS, _of_digits),
)
