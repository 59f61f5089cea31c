"""What a name cell holds beside names: codes, telephones, sites, people, labelled addresses and other facts."""

import re
from typing import Final

from app.watchlists.name_cells import words
from app.watchlists.name_cells.reading import NameCell

_ROLES: Final = frozenset({"法定代表人", "法人代表", "法人", "实际控制人", "控制人"})


def facts_taken(text: str, found: NameCell) -> str:
    """Take out codes, telephones, sites, people and labelled addresses; return what is left."""
    text = _taken(words.USCC, "uscc", "code", text, found)
    text = _taken(words.ORG_CODE, "org_code", "code", text, found)
    text = _taken(words.REG_NO, "reg_no_15", "code", text, found)
    text = _taken(words.DOMAIN, "domains", "code", text, found)
    text = _taken(words.PHONE, "phones", "code", text, found)
    text = _taken(words.ACCOUNT, "payee_accounts", "code", text, found)
    found.remarks += [match[0].strip() for match in words.OTHER_FACT.finditer(text)]
    text = words.OTHER_FACT.sub(" ", text)
    for match in words.PERSON.finditer(text):
        if match["role"] in _ROLES:
            found.add_cell("actual_controller" if "控制" in match["role"] else "legal_rep", match["name"])
        else:
            found.remarks.append(match[0])
    text = words.PERSON.sub(" ", text)
    text = _taken(words.WECHAT, "wechat_name", "name", text, found)
    text = _taken(words.APP, "app_name", "name", text, found)
    return _taken(words.ADDRESS_LABEL, "biz_address", "name", text, found)


def _taken(pattern: re.Pattern[str], alias: str, group: str, text: str, found: NameCell) -> str:
    for match in pattern.finditer(text):
        found.add_cell(alias, match[group].strip(" .,;"))
    return pattern.sub(" ", text) if alias in found.cells else text
