"""交易所 in a name (rule R18): only an approved venue may call itself an exchange.

交易中心, 交易市场 and other endings alone are no finding.  The national exchanges approved by the State
Council or its departments are excepted by a lexicon that ships, as whole names, their branches and their
account titles; a name that holds such a name beside other words (…交易所会员服务中心) is not.
"""

import re
from functools import cache
from typing import Final

from app.names.fold import fold
from app.names.keyword_patterns import FoldedText, WordFinder, read_table

EXCHANGE: Final = "交易所"
_COMPANY_FORM: Final = "(?:股份有限公司|有限责任公司|有限公司)?"
_BRANCH: Final = r"(?:[\u3400-\u9fff]{0,10}?(?:分公司|分所|分中心|办事处|代表处|营业部))?"
_ACCOUNT_WORDS: Final = (
    "(?:(?:客户|会员|交易|结算|清算|待清算|待结算|保证金|备付金|风险准备金|资金|款项|专用|存款|一般|基本)*"
    "(?:户|账户|专户|备付金|保证金|结算资金|清算资金|存款))?"
)


@cache
def _finder() -> WordFinder:
    return WordFinder.of((EXCHANGE,))


@cache
def _excepted_name() -> re.Pattern[str]:
    names = [fold(form) for name, short in read_table("lexicon_exchanges.tsv") for form in (name, *short.split())]
    return re.compile(f"(?:{'|'.join(names)}){_COMPANY_FORM}{_BRANCH}{_ACCOUNT_WORDS}")


@cache
def _other_reading() -> re.Pattern[str]:
    return re.compile("|".join(fold(phrase) for phrase, _ in read_table("lexicon_exchange_words.tsv")))


def exchange_in_name(name: str) -> bool:
    """Whether a name calls itself 交易所, in any writing, and is none of the national exchanges."""
    folded = FoldedText(name)
    if not _finder().finds_in(folded.marked) or _excepted_name().fullmatch(folded.plain):
        return False
    other = {match.start() for match in _other_reading().finditer(folded.plain)}
    return any(found.plain_start not in other for found in folded.occurrences(EXCHANGE))
