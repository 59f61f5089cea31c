"""The certificate of one decision: what was asked and answered, on what grounds, and the proof that it was recorded.

It says the same for ever: the proof is that of the first checkpoint over the record, and nothing depends on the time
at which it is asked for.  ``cutoff audit verifier`` prints the program that verifies it offline.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from app.audit import store as audit_store
from app.audit.note import Verifier
from app.clock import SHANGHAI
from app.db import ReadSession
from app.policy.clauses import CLAUSES
from app.policy.staff_texts import in_words
from app.screening.audit_evidence import read_fields
from app.screening.row_digest import COLUMNS

FORMAT: Final = "cutoff-certificate-1"
_NONE: Final = "无 none"
_NOTE: Final = (
    "附件 certificate.json 可用 cutoff audit verifier 输出的程序离线验证。 "
    "The attached certificate.json is verified offline by the program that cutoff audit verifier prints."
)
_PART_CHARS: Final = 96
_CLAUSES: Final = {clause.basis_code: clause.text_zh for clause in CLAUSES}


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate as JSON text, and as what is printed; ``screened_at`` is its date."""

    text: str
    printed: dict[str, Any]
    screened_at: datetime


def certificate(session: ReadSession, screening_id: str, verifiers: Sequence[Verifier]) -> Certificate:
    """Make the certificate of a recorded decision.

    Raises ``NotFound`` where there is none and ``Unavailable`` while it is not sealed.
    """
    record = audit_store.find(session, screening_id)
    fields = read_fields(session, [screening_id])[screening_id]
    proof = audit_store.first_proof(session, record)
    by_name = dict(zip(COLUMNS, fields, strict=False))
    answer: dict[str, Any] = json.loads(by_name["answer"] or "{}")
    request: dict[str, Any] = json.loads(by_name["request"] or "{}")
    keys = [one.text() for one in verifiers]
    codes = dict.fromkeys(reason["basis_code"] for reason in answer["reasons"] if reason.get("basis_code"))
    clauses = [{"basis_code": code, "text_zh": _CLAUSES.get(code, "")} for code in codes]
    said = {
        "format": FORMAT,
        "screening": answer,
        "request": request,
        "clauses": clauses,
        "record": record.text,
        "fields": fields,
        "proof": proof,
        "keys": keys,
    }
    printed = _printed(answer, request, clauses, keys, proof, record.text)
    return Certificate(
        json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":")),
        printed,
        datetime.fromisoformat(answer["screened_at"]),
    )


def _printed(
    answer: dict[str, Any],
    request: dict[str, Any],
    clauses: list[dict[str, str]],
    keys: list[str],
    proof: str,
    record: str,
) -> dict[str, Any]:
    party = request.get("counterparty", {})
    decision = [
        ("结论 outcome", _coded("outcome", answer["outcome"])),
        ("处理 next action", str(answer.get("next_action_zh") or _NONE)),
        ("事后结论 hindsight", _coded("outcome", answer["hindsight_outcome"])),
        ("筛查时间 screened at", _moment(answer["screened_at"])),
        ("以当时所知 known at", _moment(answer["known_at"])),
        ("业务日期 service date", f"{answer['service_local_date']} ({answer['timezone']})"),
        ("规则版本 rules", answer["rule_version"]),
        ("引擎版本 engine", answer["engine_version"]),
        ("标记 flags", "  ".join(answer["flags"]) or _NONE),
    ]
    asked = [
        ("名称 name", str(party.get("name", ""))),
        ("类型 kind", _coded("party_kind", party.get("kind", ""))),
        ("业务 service", _coded("service", request.get("service", ""))),
        ("参考号 reference", str(answer.get("reference") or _NONE)),
        *((f"标识 {one['scheme']}", str(one["value"])) for one in party.get("identifiers") or []),
        *((f"别名 {one['type']}", str(one["name"])) for one in party.get("other_names") or []),
    ]
    grounds = [
        (f"{one['code']} {one.get('basis_code') or ''}", f"{one['text_zh']}\n{one.get('doc_no') or ''}".strip())
        for one in answer["reasons"]
    ]
    matches = [
        (
            f"{one['list_code']} {one['external_id']}",
            "\n".join(
                (
                    one["name_listed"],
                    f"{_coded('category', one['category'])}  {_coded('status', one['status'])}",
                    f"{_coded('strength', one['strength'])} {one['score']}",
                )
            ),
        )
        for one in answer["matches"]
    ]
    lists = [(f"{one['code']} v{one['version']}", _parts(one["sha256"])) for one in answer["list_versions"]]
    sections = [
        ("决定 / Decision", decision),
        ("筛查对象 / Counterparty", asked),
        ("理由 / Reasons", grounds),
        ("条款 / Clauses", [(one["basis_code"], one["text_zh"]) for one in clauses]),
        ("命中 / Matches", matches),
        ("名单版本 / List versions", lists),
        ("记录 / Record", [("record_sha256", answer["record_sha256"]), ("审计记录 audit", record)]),
        ("验证公钥 / Keys", [(f"{i + 1}", _parts(key)) for i, key in enumerate(keys)]),
    ]
    return {
        "id": answer["id"],
        "title_zh": "筛查证明",
        "title_en": "Certificate of a screening",
        "sections": [{"title": title, "rows": [list(row) for row in rows]} for title, rows in sections if rows],
        "proof_title": "证明 / Proof",
        "proof_note": _NOTE,
        "proof_lines": [part for line in proof.split("\n") for part in (_parts(line).split("\n") if line else [""])],
    }


def _coded(family: str, code: object) -> str:
    """Return a code behind its word."""
    word = in_words(family, code)
    return word if word == str(code) else f"{word} {code}"


def _moment(text: str) -> str:
    """Return a moment as people in China read it; the record has it to the microsecond."""
    return f"{datetime.fromisoformat(text).astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S} (Asia/Shanghai)"


def _parts(text: str) -> str:
    """Break a long text into lines that fit on paper."""
    return "\n".join(text[i : i + _PART_CHARS] for i in range(0, len(text), _PART_CHARS)) or text
