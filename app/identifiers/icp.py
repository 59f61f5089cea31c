"""ICP filing and licence numbers: a subject, and for each site, app or mini-program a suffix.

闽ICP备12345678号-2 is the second site of the subject 闽ICP备12345678号; suffixes -nA are apps and -nX
mini-programs; 闽ICP证123456号 and 闽B2-20170001 are licences.
"""

import re
from typing import Final

from app.identifiers.error import IdentifierError
from app.identifiers.normal import readable
from app.identifiers.scheme import Identifier, Scheme

_FORMAT: Final = re.compile(
    r"([京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼])(ICP备|ICP证|B[12]-)([0-9]{6,10})号?(?:-([0-9]{1,5})([AX])?)?"
)
_POLICE: Final = re.compile(r".?公网安备")
_SIMPLIFIED: Final = str.maketrans("備證號滬雲遼魯蘇贛晉陝閩貴粵瓊寧", "备证号沪云辽鲁苏赣晋陕闽贵粤琼宁")


def parse(raw: str) -> Identifier:
    """Read a number; its normal form has 号 for filings and ICP licences, and keeps the suffix."""
    text = readable(raw).upper().translate(_SIMPLIFIED)
    match = _FORMAT.fullmatch(text)
    if not match:
        if _POLICE.match(text):
            raise IdentifierError(
                Scheme.ICP,
                "这是公安备案号，不是ICP备案号",
                "this is a public security filing number, not an ICP number",
            )
        raise IdentifierError(
            Scheme.ICP,
            "ICP备案号形如“闽ICP备12345678号”或“闽B2-20170001”，网站后缀可有可无（-1、-2A、-3X）",
            "an ICP number reads like 闽ICP备12345678号 or 闽B2-20170001, with or without a suffix (-1, -2A, -3X)",
        )
    province, kind, number, suffix, channel = match.groups()
    subject = f"{province}{kind}{number}" + ("号" if kind.startswith("ICP") else "")
    return Identifier(Scheme.ICP, subject + (f"-{int(suffix)}{channel or ''}" if suffix else ""))


def subject_of(identifier: Identifier) -> Identifier:
    """Return the number without its suffix: whose it is, whatever the channel."""
    match = _FORMAT.fullmatch(identifier.value)
    suffix = match.group(4) if match else None
    return Identifier(Scheme.ICP, identifier.value.rpartition("-")[0]) if suffix else identifier
