"""Names of which characters are hidden (张**, 欧阳*明, 福建示例**): nobody can be looked for by them.

They are refused, or REVIEW in a file, rather than read as a name without what is hidden.  张某 and 李某某 are names as
people write them for anybody, and one mark before or behind a company's name is no mask.
"""

import re
from typing import Final

MASKED_NAME: Final = "masked-name"

_HAN: Final = "[\u3400-\u9fff]"
_MARK: Final = "[*＊×✱●•■□▇█○◯〓?？_＿]"
_STAR: Final = "[*＊×✱]"
_DOUBLE: Final = "(?:欧阳|司马|上官|诸葛|夏侯|东方|皇甫|尉迟|公孙|慕容|司徒|令狐|端木|歐陽|司馬|諸葛)"
_PERSON: Final = re.compile(
    f"{_HAN}{_MARK}{{1,3}}{_HAN}?|{_MARK}{{1,3}}{_HAN}{{1,2}}|{_HAN}{{2}}{_MARK}{{2,3}}|{_DOUBLE}{_MARK}{_HAN}?"
    f"|{_HAN}[xX]{{2}}"
)
_CUT: Final = re.compile(f"{_STAR}{{2,}}{_HAN}.*(?<!{_STAR})|(?!{_STAR}).*[\u3400-\u9fff)）]{_STAR}{{2,}}")
MAY_BE_MASKED: Final = rf"{_MARK}|^\s*\p{{Han}}\s*[xX]\s*[xX]\s*$"
"""A pattern of RE2 that every masked name meets, and few others do."""

_MARKS: Final = re.compile(f"{_MARK}+|[xX]{{2}}")
_BLANKS: Final = re.compile(r"\s+")


def is_masked_name(text: str) -> bool:
    """Whether characters of a name are hidden."""
    bare = _BLANKS.sub("", text)
    return bool(_PERSON.fullmatch(bare) or _CUT.fullmatch(bare))


def without_masks(text: str) -> str:
    """Return what is left of a masked name."""
    return _MARKS.sub("", text).strip()
