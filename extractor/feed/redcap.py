"""Charts to REDCap's API: the rows of ``extractor export --to redcap``, a record a chart.

Before anything is written the record is read: a field that holds what was never sent was corrected by a person in REDCap, and stays. Built from REDCap's documented API; it has
not run against REDCap itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from extractor.export import redcap
from extractor.export.ledger import Ledger
from extractor.feed.charts import ChartRows
from extractor.feed.client import Answer, Client
from extractor.feed.document import Json, canonical
from extractor.feed.fhir import tables
from extractor.feed.outbox import Known, Message
from extractor.feed.wire import Prepared, Verdict, refusal, remembered
from extractor.schema import BY_NAME

Row = dict[str, str]
KEYS = (redcap.RECORD, redcap.INSTRUMENT, redcap.INSTANCE)
FIELDS = {redcap.name(t, c.name): (t, c.name) for t in redcap.FORMS for c in redcap.columns(t)}


class _Answered(Exception):
    """REDCap said something else than was hoped for."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.reason)
        self.verdict = verdict


class Redcap:
    """Import with overwriting, so that a blank empties a field, then delete the instances that are gone."""

    format = "redcap"
    bearer = False
    """The token is a field of the request."""

    def prepare(self, chart: ChartRows, content: Json, known: Known | None, waiting: Message | None) -> Prepared:
        """The rows with their instances, those to delete, and of every field all that was ever sent."""
        memory = known.memory if known else {}
        ledger = Ledger()
        for group, key, number in memory.get("numbers", ()):
            ledger.add(group, key, number)
        header = redcap.header()
        rows = [dict(zip(header, r, strict=True)) for r in redcap.rows(tables(chart, content), ledger)]
        rows = [{f: v for f, v in r.items() if f in KEYS or FIELDS[f][0] == _form(r)} for r in rows]
        gone = [[own.partition("|")[0], str(number)] for own, _, number in ledger.withdrawn() if own != redcap.RECORDS]
        sent = {place: list(values) for place, values in memory.get("sent", {}).items()}
        for place, value in ((_place(r, f), v) for r in rows for f, v in r.items() if f not in KEYS):
            sent[place] = [*dict.fromkeys((*sent.get(place, ()), value))]
        numbers = [[group, key, n] for (group, key), n in sorted(ledger.numbers.items()) if group != redcap.RECORDS]
        body: Json = {"rows": rows, "gone": gone, "sent": sent}
        return Prepared(body, {**remembered(content), "numbers": numbers, "sent": sent}, content["review"]["questions"])

    def withdraw(self, patient: str, known: Known, waiting: Message | None) -> Prepared:
        """The record goes as a whole."""
        return Prepared(None, dict(known.memory))

    def send(self, client: Client, message: Message) -> Verdict:
        """Read, import, delete; each may be done again."""
        try:
            return _Exchange(client, message.patient_id).run(message.body)
        except _Answered as told:
            return told.verdict


class _Exchange:
    def __init__(self, client: Client, record: str) -> None:
        self.client, self.record = client, record

    def run(self, body: Json | None) -> Verdict:
        there = self._there()
        if body is None:
            self._counted(self._ask("delete", {"records[0]": self.record})) if there else None
            return Verdict("done")
        if stranger := _stranger(body, there):
            return Verdict("refused", f"{stranger} was added by a person under a number of ours; give it another one there")
        rows, kept = _with_corrections(body, there)
        self._counted(
            self._ask(
                "import",
                {"overwriteBehavior": "overwrite", "forceAutoNumber": "false", "returnContent": "count", "data": canonical(rows).decode()},
            )
        )
        for instrument, instance in body["gone"]:
            if (instrument, instance) in there:
                told = {"records[0]": self.record, "instrument": instrument, "repeat_instance": instance}
                self._counted(self._ask("delete", told))
        return Verdict("done", kept=kept)

    def _there(self) -> dict[tuple[str, str], Row]:
        """What REDCap holds of the record, by instrument and instance."""
        answer = self._ask("export", {"records[0]": self.record, "rawOrLabel": "raw", "exportSurveyFields": "false"})
        found = answer.json()
        if not isinstance(found, list) or not all(isinstance(r, Mapping) for r in found):
            raise _Answered(Verdict("failed", "answered an export with something that is none"))
        rows = [{str(k): str(v) for k, v in r.items()} for r in found if str(r.get(redcap.RECORD)) == self.record]
        return {(r.get(redcap.INSTRUMENT, ""), r.get(redcap.INSTANCE, "")): r for r in rows}

    def _ask(self, action: str, told: Mapping[str, str]) -> Answer:
        own = {
            "token": self.client.own.token or "",
            "content": "record",
            "action": action,
            "format": "json",
            "type": "flat",
            "returnFormat": "json",
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        answer = self.client.request("POST", "/", headers, urlencode({**own, **told}).encode())
        if answer.status != 200:
            raise _Answered(refusal(answer))
        return answer

    def _counted(self, answer: Answer) -> None:
        """Import and delete answer with a number of records."""
        told = answer.json()
        count = told.get("count") if isinstance(told, Mapping) else told
        if not str(count).isdigit():
            raise _Answered(Verdict("failed", "answered with something that is no count"))


def _form(row: Row) -> str:
    return row[redcap.INSTRUMENT] or "patients"


def _place(row: Row, field: str) -> str:
    return f"{row[redcap.INSTRUMENT]}|{row[redcap.INSTANCE]}|{field}"


def _key(row: Row) -> str:
    return redcap.name(_form(row), BY_NAME[_form(row)].key)


def _held(row: Row, there: Mapping[tuple[str, str], Row]) -> Row:
    return there.get((row[redcap.INSTRUMENT], row[redcap.INSTANCE]), {})


def _stranger(body: Json, there: Mapping[tuple[str, str], Row]) -> str:
    """An instance that REDCap holds under one of our numbers and that was never sent: its row id is none of ours."""
    for row in body["rows"]:
        held = _held(row, there)
        if row[redcap.INSTRUMENT] and held and held.get(_key(row), "") not in body["sent"][_place(row, _key(row))]:
            return f"instance {row[redcap.INSTANCE]} of {row[redcap.INSTRUMENT]}"
    return ""


def _with_corrections(body: Json, there: Mapping[tuple[str, str], Row]) -> tuple[list[Row], list[Json]]:
    """The rows to import, with what REDCap holds where that was never sent: a person corrected it; and which cells these are."""
    rows, kept = [], []
    for row in body["rows"]:
        held = _held(row, there)
        corrected = {f: held[f] for f in row if f not in (*KEYS, _key(row)) and f in held and held[f] not in body["sent"][_place(row, f)]}
        kept += [{"table": _form(row), "row_id": row[_key(row)], "column": FIELDS[f][1]} for f in corrected]
        rows.append({**row, **corrected})
    return rows, kept
