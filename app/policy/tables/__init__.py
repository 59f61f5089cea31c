"""Every table that was ever in force, by name, and the one in force now."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from app.policy.rule import RuleTable
from app.policy.tables import fj17_1

CURRENT: Final[RuleTable] = fj17_1.TABLE

TABLES: Final[Mapping[str, RuleTable]] = MappingProxyType({table.name: table for table in (fj17_1.TABLE,)})
