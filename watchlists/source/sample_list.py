"""A sample list: a first FULL version and DELTA versions after it, and the rows that all lists have in common."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.watchlists.layout.columns import REQUIRED
from watchlists.source.cast import AGENT_TAILS, FUJIAN, MEMBER_TAILS, PAYEE_TAILS, Cast, Row

LEADING_GROUP = "福建省清理整顿各类交易场所工作领导小组"
LEADING_OFFICE = f"{LEADING_GROUP}办公室"
RELATIVE_TAILS = {"MEMBER": MEMBER_TAILS, "MERCHANT": PAYEE_TAILS, "OPERATOR": ("网络科技有限公司",)}


@dataclass(frozen=True, slots=True)
class Version:
    """One file of a list: when the bank received it, and its rows (English column names)."""

    received_on: str
    file_kind: str
    rows: tuple[Row, ...]
    doc_no: str
    file_format: str = "csv"


@dataclass(slots=True)
class SampleList:
    """One list with its versions in order; ``rows`` remembers each entity for the events to come."""

    code: str
    name: str
    issuer: str
    jurisdiction_code: str
    prefix: str
    versions: list[Version] = field(default_factory=list)
    rows: dict[str, Row] = field(default_factory=dict)

    def id(self, number: int) -> str:
        """Return the external id of the list's entity with this number."""
        return f"{self.prefix}-{number:04d}"

    def add(self, row: Row) -> Row:
        """Return the row that brings a new entity onto the list, numbered in order."""
        external_id = self.id(len(self.rows) + 1)
        row = {"external_id": external_id, "action": "ADD", **row}
        row.setdefault("determination_doc_no", f"示例认定〔{row['determined_on'][:4]}〕{external_id}号")
        self.rows[external_id] = row
        return row

    def event(self, number: int, action: str, **cells: str) -> Row:
        """Return the row of an event; the required columns are those of the entity's first row."""
        last = self.rows[self.id(number)]
        row = {column: last[column] for column in REQUIRED} | {"action": action} | cells
        self.rows[last["external_id"]] = last | {"legal_name": row["legal_name"]}
        return row

    def issue(self, received_on: str, rows: Sequence[Row], *, file_format: str = "csv") -> None:
        """Close a version over these rows."""
        number = len(self.versions) + 1
        doc_no = f"示例〔{received_on[:4]}〕{self.prefix}{number}号"
        kind = "DELTA" if self.versions else "FULL"
        self.versions.append(Version(received_on, kind, tuple(rows), doc_no, file_format))


def determined(row: Row, category: str, body: str, on: str, effective_from: str, kind: str = "认定意见") -> Row:
    """Complete a row with who determined what, when."""
    return row | {
        "category": category,
        "determining_body": body,
        "determination_type": kind,
        "determined_on": on,
        "effective_from": effective_from,
        "source": "样例",
    }


def opinion(number: int, on: str, filed_on: str, issuer: str = LEADING_GROUP) -> Row:
    """Return the columns of a written opinion of a provincial leading group (五（二）)."""
    return {
        "opinion_doc_no": f"示例清整意见〔2017〕{number}号",
        "opinion_issuer": issuer,
        "opinion_date": on,
        "opinion_filed_on": filed_on,
        "disposal": "规范",
    }


def relative(cast: Cast, kind: str, parent: Row, status: str, on: str) -> Row:
    """Return a 关联主体 of ``parent``: an entity and its relation, without a listing of its own."""
    if kind == "BRANCH":
        row = cast.organisation(kind, FUJIAN, "", head="")
        row["legal_name"] = f"{parent['legal_name']}{row['reg_address'][:2]}分公司"
    elif kind == "PERSON":
        row = {
            "entity_kind": kind,
            "legal_name": cast.person(),
            "reg_region_code": parent["reg_region_code"],
            "jurisdiction": parent["jurisdiction"],
        }
    else:
        tails = {"MEMBER": MEMBER_TAILS, "MERCHANT": PAYEE_TAILS, "OPERATOR": ("网络科技有限公司",)}.get(
            kind, AGENT_TAILS
        )
        row = cast.organisation(kind, FUJIAN, tails[len(parent["legal_name"]) % len(tails)])
    if kind == "MERCHANT":
        row |= cast.payee(row["legal_name"])
    if kind == "MEMBER":
        row["member_no"] = f"{int(row['reg_address'][5:-1]):03d}"
    return determined(row, "RELATED", LEADING_OFFICE, on, on, "摸排") | {
        "parent_external_id": parent["external_id"],
        "parent_name": parent["legal_name"],
        "relation_status": status,
    }
