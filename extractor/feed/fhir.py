"""Charts to a FHIR server: the transaction bundles of ``extractor export --to fhir``, one a chart. A server knows nothing of reviewed cells: they win here, before the bundle is made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from extractor.export.charts import ChartTables
from extractor.feed.charts import ChartRows
from extractor.feed.client import Answer, Client
from extractor.feed.document import Json, canonical
from extractor.feed.outbox import Known, Message
from extractor.feed.wire import Prepared, Verdict, refusal, remembered
from extractor.schema import BY_NAME, COHORT, Table

if TYPE_CHECKING:
    from extractor.export.fhir import Options

OURS = ("mentions", "notes")
"""Tables that a review does not change."""
DONE = ("200", "201", "204")


def tables(chart: ChartRows, content: Json) -> ChartTables:
    """The tables of a chart as its content has them: with what people reviewed, whatever was read since."""
    rows: dict[str, list[dict[str, Any]]] = {t: [_record(BY_NAME[t], chart.patient_id, r) for r in content["rows"][t]] for t in COHORT}
    rows |= {t: [dict(r) for r in chart[t]] for t in OURS}
    rows["evidence"] = [e for t in COHORT for r in content["rows"][t] for e in _evidence(t, r)]
    return ChartTables(chart.patient_id, rows)


def _record(table: Table, patient: str, row: Json) -> dict[str, Any]:
    told = {"patient_id": patient, table.key: row["id"], **row["links"], **{c: cell["value"] for c, cell in row["cells"].items()}}
    return {c.name: date.fromisoformat(v) if c.type == "date" and (v := told.get(c.name)) else told.get(c.name) for c in table.columns}


def _evidence(table: str, row: Json) -> Iterator[dict[str, Any]]:
    for column, cell in row["cells"].items():
        if cell["value"] is None or cell["basis"] is None:
            continue
        for mention in cell["evidence"] or (None,):
            own = {"table": table, "row_id": row["id"], "column": column}
            yield own | {"basis": cell["basis"], "mention_id": mention, "confidence": cell["confidence"]}


class Fhir:
    """A transaction bundle a chart, posted to the server's base address."""

    format = "fhir"
    bearer = True

    def __init__(self, options: Options | None = None) -> None:
        self.options = options

    def prepare(self, chart: ChartRows, content: Json, known: Known | None, waiting: Message | None) -> Prepared:
        """The bundle; what an earlier one put and this one does not, it deletes, whether that one arrived or not."""
        from extractor.export import fhir

        before = known.memory.get("urls", []) if known else []
        made = fhir.bundle(tables(chart, content), self.options, _requests(before))
        memory = {**remembered(content), "urls": [e["request"]["url"] for e in made["entry"]], "identifier": made["identifier"]}
        return Prepared(made, memory, content["review"]["questions"], _wrong(made))

    def withdraw(self, patient: str, known: Known, waiting: Message | None) -> Prepared:
        """A bundle that deletes all that any earlier one put."""
        from extractor.export import fhir

        told = {
            "resourceType": "Bundle",
            "identifier": known.memory["identifier"],
            "type": "transaction",
            **_requests(known.memory["urls"]),
        }
        return Prepared(fhir.withdrawn(told), dict(known.memory))

    def send(self, client: Client, message: Message) -> Verdict:
        """POST the bundle."""
        headers = {"Content-Type": "application/fhir+json", "Accept": "application/fhir+json", "Prefer": "return=minimal"}
        return _read(client.request("POST", "", headers, canonical(message.body)), message)


def _requests(urls: list[str]) -> Json:
    return {"entry": [{"request": {"method": "PUT", "url": url}} for url in urls]}


def _wrong(bundle: Json) -> str:
    """Why the models of fhir.resources refuse a bundle: places and kinds of error, never values."""
    from pydantic import ValidationError

    from extractor.export import fhir

    try:
        fhir.check(bundle)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)[:3]
        return "not well-formed FHIR: " + "; ".join(".".join(str(p) for p in e["loc"]) + f" ({e['type']})" for e in found)
    return ""


def _read(answer: Answer, message: Message) -> Verdict:
    """A transaction is done when every entry was answered with success; all or nothing was applied."""
    if answer.status == 409:
        return Verdict("failed", "answered 409, somebody else was writing")
    if answer.status not in (200, 201):
        verdict = refusal(answer)
        return Verdict("refused", verdict.reason + _issue(answer.json())) if verdict.kind == "refused" else verdict
    told = answer.json()
    entries = told.get("entry") if isinstance(told, dict) and told.get("type") == "transaction-response" else None
    asked = (message.body or {}).get("entry", [])
    if not isinstance(entries, list) or len(entries) != len(asked) or not all(map(_succeeded, entries)):
        return Verdict("failed", f"answered {answer.status} with something that is no response to the transaction")
    return Verdict("done")


def _succeeded(entry: Any) -> bool:
    response = entry.get("response") if isinstance(entry, Mapping) else None
    return isinstance(response, Mapping) and str(response.get("status", ""))[:3] in DONE


CODES = frozenset(
    [
        "invalid",
        "structure",
        "required",
        "value",
        "invariant",
        "security",
        "login",
        "unknown",
        "expired",
        "forbidden",
        "suppressed",
        "processing",
        "not-supported",
        "duplicate",
        "multiple-matches",
        "not-found",
        "deleted",
        "too-long",
        "code-invalid",
        "extension",
        "too-costly",
        "business-rule",
        "conflict",
        "transient",
        "lock-error",
        "no-store",
        "exception",
        "timeout",
        "incomplete",
        "throttled",
    ]
)
"""R4's value set issue-type; the words of an OperationOutcome may name a patient and are not repeated."""


def _issue(outcome: Any) -> str:
    issues = outcome.get("issue") if isinstance(outcome, Mapping) else None
    codes = [i["code"] for i in issues if isinstance(i, Mapping) and i.get("code") in CODES] if isinstance(issues, list) else []
    return f": {', '.join(dict.fromkeys(codes))}" if codes else ""
