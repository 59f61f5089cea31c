"""Columns whose values are codes of organisations or sites, whatever their header says."""

import re
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from app.identifiers import Identifier, IdentifierError, Scheme, parse
from app.identifiers.uscc import may_be_resident

_USCC: Final = r"^\s*[0-9A-HJ-NPQRTUWXYa-hj-npqrtuwxy]{18}\s*$"
_GH: Final = r"^\s*(?i:gh_[0-9a-f]{12})\s*$"
_HOST: Final = r"^\s*(?i:https?://)?(?:[0-9A-Za-z][0-9A-Za-z-]*\.)+[A-Za-z]{2,24}(?::[0-9]+)?(?:[/?#]\S*)?\s*$"
_FILE: Final = re.compile(
    r"\.(?:pdf|ofd|docx?|xlsx?|et|wps|csv|txt|jpe?g|png|gif|tiff?|bmp|zip|rar|7z|gz|xml|json|html?|dat|log|sql|py|java|js"
    r"|sh|exe|mp[34])$",
    re.IGNORECASE,
)
_SHARE: Final = 0.03
_SHARE_OF_HOSTS: Final = 0.3
_SHARE_OF_FORM: Final = 0.5

Reason = tuple[str, str, str]
"""Why, in Chinese and English, and the field as which the column is best read."""


def reason(values: pa.Array) -> Reason | None:
    """Return why a column of different texts looks like codes, None where it does not."""
    codes = [text for text in _of_form(values, _USCC) if not may_be_resident(text.strip())]
    firms = [one for one in _read(Scheme.USCC, codes) if one.checksum_ok]
    # One number of eighteen digits in thirty-one has the check character of a code by chance.
    if firms and len(firms) >= max(len(values) * _SHARE, len(codes) * _SHARE_OF_FORM):
        return "内容像统一社会信用代码", "its values are unified social credit codes", "uscc"
    if (accounts := _of_form(values, _GH)) and len(accounts) >= len(values) * _SHARE:
        return "内容像公众号原始ID", "its values are original ids of WeChat accounts", "wechat_gh_id"
    hosts = {one.value for one in _read(Scheme.DOMAIN, _of_form(values, _HOST), _is_host)}
    # Addresses on one host are those of the bank's own system.
    if len(hosts) > 1 and len(hosts) >= len(values) * _SHARE_OF_HOSTS:
        return "内容像网址", "its values are domains", "domain"
    return None


def _of_form(values: pa.Array, pattern: str) -> list[str]:
    found = np.flatnonzero(np.asarray(pc.match_substring_regex(values, pattern)))
    return [str(text) for text in values.take(pa.array(found)).to_pylist()]


def _is_host(text: str) -> bool:
    return _FILE.search(text.strip()) is None or "://" in text


def _read(scheme: Scheme, texts: Sequence[str], is_meant: Callable[[str], bool] = bool) -> list[Identifier]:
    found = []
    for text in filter(is_meant, texts):
        try:
            found.append(parse(scheme, text))
        except IdentifierError:
            continue
    return found
