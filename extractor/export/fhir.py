"""A chart as a FHIR R4 transaction bundle of conditional updates: sending it twice changes nothing.

| table | resources |
|---|---|
| patients | Patient; Condition (the tumour); Observation (setting, age, earlier treatment) |
| procedures | Procedure; Observation (how it was done) |
| lesions | BodyStructure; Observation (coverage and margin); Observation (tumour size, built as mCODE's) |
| complications | AdverseEvent |
| assessments, outcomes | Observation |
| treatments | Procedure |
| evidence | Provenance, one for each row |

Built in the shapes of mCODE where it has one; conformance to a profile is not claimed, for none was validated. Resources are found by
``identifier``, or by a tag where R4 defines no such search parameter (AdverseEvent, Provenance).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from extractor.export.charts import ChartTables, Record, partial
from extractor.export.mapping import SHIPPED, Codes
from extractor.model import Value
from extractor.schema import BY_NAME, Column
from extractor.version import VERSION

Json = dict[str, Any]
BASE = "https://extractor.example/fhir"
HL7 = "http://terminology.hl7.org/CodeSystem"
UCUM = "http://unitsofmeasure.org"
TAGGED = ("AdverseEvent", "Provenance")
"""Types without a search parameter ``identifier`` in R4."""
SEVERITY = {"mild": "mild", "moderate": "moderate", "severe": "severe", "life_threatening": "severe", "death": "severe"}
"""SIR 2017 in the three words of R4's required value set adverse-event-severity."""
UNITS = {"size_mm": ("mm", "mm"), "min_margin_mm": ("mm", "mm"), "months": ("months", "mo"), "age_years": ("years", "a")}
"""(unit, UCUM code) by column."""
TARGET = "http://hl7.org/fhir/StructureDefinition/procedure-targetBodyStructure"


@dataclass(frozen=True, slots=True)
class Options:
    """``base`` begins the addresses of our code systems, identifiers and extensions; ``patient_system`` is that of the patient ids."""

    base: str = BASE
    patient_system: str | None = None
    codes: Codes = field(default_factory=Codes)
    notes: bool = False
    """Also send the notes, with their text, as DocumentReference."""


@dataclass(frozen=True, slots=True)
class _Maker:
    """What the resources of one chart share."""

    chart: ChartTables
    options: Options

    def system(self, table: str, role: str = "") -> str:
        """Identifier system of a table's rows, or of one of the resources that a row becomes."""
        if table == "patients" and not role and self.options.patient_system:
            return self.options.patient_system
        return f"{self.options.base}/identifier/{table}{'-' + role if role else ''}"

    def extension(self, name: str, **value: Any) -> Json:
        return {"url": f"{self.options.base}/StructureDefinition/{name}", **value}

    def reference(self, kind: str, table: str, row_id: Value, role: str = "") -> Json:
        return {"reference": _urn(kind, self.system(table, role), str(row_id))}

    @property
    def subject(self) -> Json:
        return self.reference("Patient", "patients", self.chart.patient_id)

    def concept(self, table: str, column: str, value: Value, text: Value = None) -> Json:
        """Our own code, the user's codes, and the note's words."""
        own = {"system": f"{self.options.base}/CodeSystem/{table}-{column}", "code": str(value)}
        found: Json = {"coding": [own, *map(dict, self.options.codes.of(f"{table}.{column}", value))]} if value is not None else {}
        return found | ({"text": str(text)} if text is not None else {})

    def named(self, table: str, column: str) -> Json:
        """What a component or observation tells: a column of ours, with LOINC's code where one is shipped."""
        own = {"system": f"{self.options.base}/CodeSystem/columns", "code": f"{table}.{column}"}
        return {"coding": [*_shipped(f"{table}.{column}"), own, *map(dict, self.options.codes.of(f"{table}.{column}", ""))]}

    def components(self, table: str, row: Record, columns: Sequence[str]) -> list[Json]:
        """The cells of a row that hold something."""
        return [{"code": self.named(table, c), **self.value(table, BY_NAME[table][c], row)} for c in columns if row[c] is not None]

    def value(self, table: str, column: Column, row: Record) -> Json:
        """``value[x]`` of a cell, by its type."""
        value = row[column.name]
        if column.name in UNITS:
            unit, code = UNITS[column.name]
            return {"valueQuantity": {"value": _number(value), "unit": unit, "system": UCUM, "code": code}}
        if column.values:
            return {"valueCodeableConcept": self.concept(table, column.name, value)}
        if column.type == "date":
            return {"valueDateTime": partial(value, row.get(f"{column.name}_precision"))}
        return {{"boolean": "valueBoolean", "integer": "valueInteger"}.get(column.type, "valueString"): value}


def _shipped(name: str) -> list[Json]:
    return [dict(zip(("system", "code", "display"), SHIPPED[name], strict=True))] if name in SHIPPED else []


def _number(value: Value) -> Value:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _urn(kind: str, system: str, value: str) -> str:
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{kind}|{system}|{value}')}"


# ---- entries --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Item:
    """A resource under its name; without content it is to be deleted. ``row`` tells the row it comes from."""

    kind: str
    system: str
    value: str
    row: tuple[str, str]
    content: Json | None

    @property
    def url(self) -> str:
        how = "_tag" if self.kind in TAGGED else "identifier"
        return f"{self.kind}?{how}={quote(self.system, safe='')}%7C{quote(self.value, safe='')}"

    @property
    def urn(self) -> str:
        return _urn(self.kind, self.system, self.value)


def bundle(chart: ChartTables, options: Options | None = None, previous: Json | None = None) -> Json:
    """The transaction bundle of a chart. What ``previous``, the bundle sent before, held and this one does not is deleted.

    Pure: equal charts give equal bundles; there is no clock in it.
    """
    make = _Maker(chart, options or Options())
    items = list(_items(make))
    items += _provenance(make, [i for i in items if i.content is not None])
    entries = [_put(i) for i in items if i.content is not None]
    kept = {e["request"]["url"] for e in entries}
    gone = dict.fromkeys([i.url for i in items if i.content is None] + [e["request"]["url"] for e in (previous or {}).get("entry", ())])
    return {
        "resourceType": "Bundle",
        "identifier": {"system": make.system("patients"), "value": chart.patient_id},
        "type": "transaction",
        "entry": [*entries, *({"request": {"method": "DELETE", "url": url}} for url in gone if url not in kept)],
    }


def withdrawn(previous: Json) -> Json:
    """The bundle that takes back all that an earlier one sent: its patient is no longer in the cohort."""
    urls = dict.fromkeys(e["request"]["url"] for e in previous["entry"])
    return {**previous, "entry": [{"request": {"method": "DELETE", "url": url}} for url in urls]}


def check(content: Json) -> None:
    """Raise ValueError unless the bundle is well-formed by the models of fhir.resources (R4B, which for these types is R4)."""
    from fhir.resources.R4B.bundle import Bundle

    Bundle.model_validate(content)


def _put(item: _Item) -> Json:
    assert item.content is not None
    name = {"system": item.system, "value": item.value}
    content = {"resourceType": item.kind, **item.content}
    if item.kind in TAGGED:
        content["meta"] = {"tag": [{"system": item.system, "code": item.value}]}
    if item.kind == "AdverseEvent":
        content["identifier"] = name
    elif item.kind != "Provenance":
        content["identifier"] = [name, *content.pop("identifier", ())]
    return {"fullUrl": item.urn, "resource": content, "request": {"method": "PUT", "url": item.url}}


def _items(make: _Maker) -> Iterator[_Item]:
    yield from _patient(make)
    for table, function in (
        ("procedures", _procedure),
        ("lesions", _lesion),
        ("complications", _complication),
        ("assessments", _assessment),
        ("outcomes", _outcome),
        ("treatments", _treatment),
    ):
        rows = make.chart[table]
        current = {r[BY_NAME[table].key] for r in rows}
        for row in rows:
            yield from function(make, row)
            old = row.get("replaces")
            if old is not None and old not in current:
                yield from (replace(i, content=None) for i in function(make, {**row, BY_NAME[table].key: old}))
                yield _Item("Provenance", make.system(table), str(old), (table, str(old)), None)
    if make.options.notes:
        yield from (_note(make, n) for n in make.chart["notes"])


def _item(make: _Maker, kind: str, table: str, row: Record, content: Json | None, role: str = "") -> _Item:
    row_id = str(row[BY_NAME[table].key])
    return _Item(kind, make.system(table, role), row_id, (table, row_id), content)


def _observation(make: _Maker, table: str, row: Record, role: str, code: Json, more: Json) -> _Item:
    """An observation, or its absence where it would tell nothing."""
    told = any(more.get(k) for k in ("component", "valueCodeableConcept"))
    content = {"status": "final", "code": code, "subject": make.subject, **more} if told else None
    return _item(make, "Observation", table, row, content, role)


def _some(**fields: Any) -> Json:
    """The fields that hold something."""
    return {k: v for k, v in fields.items() if v not in (None, [], {})}


def _old(make: _Maker, table: str, row: Record) -> list[Json]:
    replaces = row.get("replaces")
    return [{"use": "old", "system": make.system(table), "value": str(replaces)}] if replaces is not None else []


# ---- one function a table -------------------------------------------------------------------------------------------------


def _patient(make: _Maker) -> Iterator[_Item]:
    row = make.chart.patient
    content = _some(
        gender=row["sex"],
        birthDate=partial(row["birth_date"], "day"),
        deceasedDateTime=partial(row["death_date"], row["death_date_precision"]),
    )
    yield _item(make, "Patient", "patients", row, content)
    tumour = make.concept("patients", "histology", row["histology"], row["histology_text"])
    yield _item(make, "Condition", "patients", row, {"subject": make.subject, "code": tumour} if tumour else None, "tumour")
    columns = ("age_years", "disease_setting", "prior_surgery", "prior_radiation", "prior_systemic")
    code = {"text": "before the first ablation"}
    yield _observation(make, "patients", row, "before", code, {"component": make.components("patients", row, columns)})


def _procedure(make: _Maker, row: Record) -> Iterator[_Item]:
    lesions = [r for r in make.chart["lesions"] if r["procedure_id"] == row["procedure_id"]]
    content = _some(
        extension=[{"url": TARGET, "valueReference": make.reference("BodyStructure", "lesions", r["lesion_id"])} for r in lesions],
        identifier=_old(make, "procedures", row),
        status="completed",
        code=make.concept("procedures", "modality", row["modality"]),
        subject=make.subject,
        performedDateTime=partial(row["date"], row["date_precision"]),
    )
    yield _item(make, "Procedure", "procedures", row, content)
    columns = ("approach", "guidance", "anesthesia", "probes", "technical_success")
    more = _part_of(make, row["procedure_id"]) | {"component": make.components("procedures", row, columns)}
    yield _observation(make, "procedures", row, "session", {"text": "how the session was done"}, more)


def _part_of(make: _Maker, procedure_id: Value) -> Json:
    return {"partOf": [make.reference("Procedure", "procedures", procedure_id)]} if procedure_id is not None else {}


def _focus(make: _Maker, lesion_id: Value) -> Json:
    return {"focus": [make.reference("BodyStructure", "lesions", lesion_id)]} if lesion_id is not None else {}


def _lesion(make: _Maker, row: Record) -> Iterator[_Item]:
    content = _some(
        identifier=_old(make, "lesions", row),
        location=make.concept("lesions", "site", row["site"], row["site_text"]),
        locationQualifier=[make.concept("lesions", "laterality", row["laterality"])] if row["laterality"] is not None else [],
        patient=make.subject,
    )
    yield _item(make, "BodyStructure", "lesions", row, content)
    about = _focus(make, row["lesion_id"]) | _part_of(make, row["procedure_id"])
    columns = ("coverage", "lesion_covered", "min_margin_mm", "retreatment_of")
    code = {"text": "ablation of the lesion"}
    found = _observation(make, "lesions", row, "ablation", code, {**about, "component": make.components("lesions", row, columns)})
    yield found
    size = {**about, "component": make.components("lesions", row, ("size_mm",))}
    yield _observation(make, "lesions", row, "size", {"coding": _shipped("tumor_size"), "text": "tumour size before treatment"}, size)


def _complication(make: _Maker, row: Record) -> Iterator[_Item]:
    severity = row["severity"]
    told = [
        make.extension("sir-severity", valueCodeableConcept=make.concept("complications", "severity", severity)) if severity else None,
        make.extension("grade-system", valueString=row["grade_system"]) if row["grade_system"] else None,
        make.extension("grade-text", valueString=row["grade_text"]) if row["grade_text"] else None,
        make.extension("intervention", valueString=row["intervention"]) if row["intervention"] else None,
        make.extension("replaces", valueString=row["replaces"]) if row["replaces"] else None,
        *(make.extension(c.replace("_", "-"), valueBoolean=row[c]) for c in ("major", "major_as_graded") if row[c] is not None),
    ]
    cause = [{"instance": make.reference("Procedure", "procedures", row["procedure_id"])}] if row["procedure_id"] else []
    content = _some(
        extension=[e for e in told if e],
        actuality="actual",
        event=make.concept("complications", "term", row["term"], row["term_text"]),
        subject=make.subject,
        date=partial(row["date"], row["date_precision"]),
        severity={"coding": [{"system": f"{HL7}/adverse-event-severity", "code": SEVERITY[str(severity)]}]} if severity else None,
        outcome={"coding": [{"system": f"{HL7}/adverse-event-outcome", "code": "fatal"}]} if severity == "death" else None,
        suspectEntity=cause,
    )
    yield _item(make, "AdverseEvent", "complications", row, content)


def _assessment(make: _Maker, row: Record) -> Iterator[_Item]:
    more = _some(
        identifier=_old(make, "assessments", row),
        effectiveDateTime=partial(row["date"], row["date_precision"]),
        valueCodeableConcept=make.concept("assessments", "status", row["status"]),
        method=make.concept("assessments", "modality", row["modality"]),
        component=make.components("assessments", row, ("scope",)),
    )
    yield _observation(make, "assessments", row, "", make.named("assessments", "status"), _focus(make, row["lesion_id"]) | more)


def _outcome(make: _Maker, row: Record) -> Iterator[_Item]:
    columns = ("event", "event_type", "event_date", "last_assessment_date", "months")
    about = _focus(make, row["lesion_id"]) | _part_of(make, row["procedure_id"])
    yield _observation(
        make, "outcomes", row, "", make.named("outcomes", "event"), {**about, "component": make.components("outcomes", row, columns)}
    )


def _treatment(make: _Maker, row: Record) -> Iterator[_Item]:
    before = row["before_first_ablation"]
    content = _some(
        extension=[make.extension("before-first-ablation", valueBoolean=before)] if before is not None else [],
        status="completed",
        code=make.concept("treatments", "kind", row["kind"], row["kind_text"]),
        subject=make.subject,
        performedDateTime=partial(row["date"], row["date_precision"]),
    )
    yield _item(make, "Procedure", "treatments", row, content)


def _note(make: _Maker, row: Record) -> _Item:
    from base64 import b64encode

    data = b64encode(str(row["text"]).encode("utf-8", "surrogatepass")).decode()
    content = _some(
        status="current",
        type=make.concept("notes", "note_type", row["note_type"]),
        subject=make.subject,
        content=[{"attachment": {"contentType": "text/plain; charset=utf-8", "data": data, "creation": partial(row["note_date"], "day")}}],
    )
    return _item(make, "DocumentReference", "notes", row, content)


# ---- evidence -------------------------------------------------------------------------------------------------------------


def _provenance(make: _Maker, items: Sequence[_Item]) -> Iterator[_Item]:
    """One for each row with evidence: its resources, the notes, and cell by cell the words."""
    targets: dict[tuple[str, str], list[_Item]] = {}
    for item in items:
        targets.setdefault(item.row, []).append(item)
    mentions = {m["mention_id"]: m for m in make.chart["mentions"]}
    as_of = make.chart.as_of()
    for (table, row_id), rows in make.chart.evidence().items():
        notes = dict.fromkeys(str(mentions[r["mention_id"]]["note_id"]) for r in rows if r["mention_id"] in mentions)
        content = _some(
            extension=[_evidence(make, r, mentions) for r in rows],
            target=[{"reference": i.urn} for i in targets[table, row_id]],
            recorded=f"{as_of}T00:00:00Z",
            agent=[
                {
                    "type": {"coding": [{"system": f"{HL7}/provenance-participant-type", "code": "assembler"}]},
                    "who": {"display": f"extractor {VERSION}"},
                }
            ],
            entity=[{"role": "source", "what": _cited(make, n)} for n in notes],
        )
        yield _Item("Provenance", make.system(table), row_id, (table, row_id), content)


def _cited(make: _Maker, note_id: str) -> Json:
    name = {"identifier": {"system": make.system("notes"), "value": note_id}}
    return name | (make.reference("DocumentReference", "notes", note_id) if make.options.notes else {})


def _evidence(make: _Maker, row: Record, mentions: Mapping[Value, Record]) -> Json:
    parts: list[Json] = [
        {"url": "column", "valueString": row["column"]},
        {"url": "basis", "valueCode": row["basis"]},
        {"url": "confidence", "valueDecimal": _number(row["confidence"])},
    ]
    mention = mentions.get(row["mention_id"])
    if mention is not None:
        parts += [
            {"url": "mention", "valueString": mention["mention_id"]},
            {"url": "note", "valueString": mention["note_id"]},
            {"url": "start", "valueInteger": mention["start"]},
            {"url": "end", "valueInteger": mention["end"]},
            {"url": "words", "valueString": mention["text"]},
            {"url": "rule", "valueString": mention["rule_id"]},
        ]
    return make.extension("evidence", extension=parts)
