"""Exports read back into cohort tables, by what stands in them alone."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from extractor.schema import BY_NAME, COHORT, Column

Tables = dict[str, list[dict[str, Any]]]


# ---- FHIR -----------------------------------------------------------------------------------------------------------------


def fhir(bundle: dict[str, Any]) -> Tables:
    """Tables of a transaction bundle."""
    resources = [(e["fullUrl"], e["resource"]) for e in bundle["entry"] if "resource" in e]
    names = {url: _name(r)[1] for url, r in resources}
    out: Tables = {t: [] for t in (*COHORT, "evidence")}
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    [patient] = [_name(r)[1] for _, r in resources if r["resourceType"] == "Patient"]
    for _, resource in resources:
        system, row_id = _name(resource)
        table = system.rpartition("/")[2].partition("-")[0]
        if resource["resourceType"] == "Provenance":
            out["evidence"] += [{"table": table, "row_id": row_id, **e} for e in _evidence(resource)]
            continue
        if (table, row_id) not in rows:
            rows[table, row_id] = {c.name: None for c in BY_NAME[table].columns} | {BY_NAME[table].key: row_id, "patient_id": patient}
            out[table].append(rows[table, row_id])
        rows[table, row_id].update(_cells(table, resource, names))
    for _, resource in resources:
        for lesion in (e["valueReference"]["reference"] for e in resource.get("extension", ()) if e["url"].endswith("targetBodyStructure")):
            rows["lesions", names[lesion]]["procedure_id"] = _name(resource)[1]
    return out


def _name(resource: dict[str, Any]) -> tuple[str, str]:
    if resource["resourceType"] in ("AdverseEvent", "Provenance"):
        tag = resource["meta"]["tag"][0]
        return tag["system"], tag["code"]
    found = resource["identifier"][0]
    return found["system"], found["value"]


def _cells(table: str, r: dict[str, Any], names: dict[str, str]) -> Iterator[tuple[str, Any]]:
    for component in r.get("component", ()):
        column = next(c["code"] for c in component["code"]["coding"] if c["system"].endswith("/columns")).partition(".")[2]
        yield from _dated(table, column, _value(BY_NAME[table][column], component))
    for extension in r.get("extension", ()):
        column = extension["url"].rpartition("/")[2].replace("-", "_")
        if column == "sir_severity":
            yield "severity", extension["valueCodeableConcept"]["coding"][0]["code"]
        elif column in BY_NAME[table].names:
            yield column, next(v for k, v in extension.items() if k.startswith("value"))
    for old in (i for i in r.get("identifier", ()) if isinstance(i, dict) and i.get("use") == "old"):
        yield "replaces", old["value"]
    for key, column, words in CONCEPTS.get((r["resourceType"], table), ()):
        concept = r.get(key, {})
        concept = concept[0] if isinstance(concept, list) else concept
        yield column, next((c["code"] for c in concept.get("coding", ()) if c["system"].endswith(f"/{table}-{column}")), None)
        if words:
            yield words, concept.get("text")
    for key, column in DATES.items():
        if key in r:
            target = {"deceasedDateTime": "death_date", "birthDate": "birth_date"}.get(key, column)
            yield from _dated(table, target, r[key])
    if "gender" in r:
        yield "sex", r["gender"]
    for key, column in (("partOf", "procedure_id"), ("focus", "lesion_id")):
        if key in r:
            yield column, names[r[key][0]["reference"]]
    for entity in r.get("suspectEntity", ()):
        yield "procedure_id", names[entity["instance"]["reference"]]


CONCEPTS = {
    ("Condition", "patients"): [("code", "histology", "histology_text")],
    ("Procedure", "procedures"): [("code", "modality", "")],
    ("BodyStructure", "lesions"): [("location", "site", "site_text"), ("locationQualifier", "laterality", "")],
    ("AdverseEvent", "complications"): [("event", "term", "term_text")],
    ("Observation", "assessments"): [("valueCodeableConcept", "status", ""), ("method", "modality", "")],
    ("Procedure", "treatments"): [("code", "kind", "kind_text")],
}
DATES = {
    "birthDate": "birth_date",
    "deceasedDateTime": "death_date",
    "performedDateTime": "date",
    "date": "date",
    "effectiveDateTime": "date",
}


def _dated(table: str, column: str, value: Any) -> Iterator[tuple[str, Any]]:
    if BY_NAME[table][column].type != "date":
        yield column, value
        return
    yield column, date.fromisoformat((value + "-01-01")[:10])
    if f"{column}_precision" in BY_NAME[table].names:
        yield f"{column}_precision", {4: "year", 7: "month", 10: "day"}[len(value)]


def _value(column: Column, component: dict[str, Any]) -> Any:
    if "valueQuantity" in component:
        return component["valueQuantity"]["value"]
    if "valueCodeableConcept" in component:
        return component["valueCodeableConcept"]["coding"][0]["code"]
    return next(v for k, v in component.items() if k.startswith("value"))


def _evidence(resource: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for extension in resource["extension"]:
        told = {e["url"]: next(v for k, v in e.items() if k.startswith("value")) for e in extension["extension"]}
        yield {"column": told["column"], "basis": told["basis"], "mention_id": told.get("mention"), "confidence": told["confidence"]}


# ---- OMOP -----------------------------------------------------------------------------------------------------------------


def omop(folder: Path) -> Tables:
    """Tables of a folder of OMOP CSV files. Row ids are OMOP's numbers; texts are as long as OMOP's columns."""
    raw = {p.stem: list(csv.DictReader(p.open(encoding="utf-8"))) for p in folder.glob("*.csv") if p.stem != "rejects"}
    out: Tables = {t: [] for t in COHORT}
    rows: dict[str, dict[str, Any]] = {}
    deaths = {d["person_id"]: d["death_date"] for d in raw["death"]}
    for person in raw["person"]:
        born = [person[f"{p}_of_birth"] for p in ("year", "month", "day")]
        row = {
            "patient_id": person["person_source_value"],
            "sex": person["gender_source_value"],
            "birth_date": "-".join(x.zfill(2) for x in born) if all(born) else "",
        }
        out["patients"].append(row | {"death_date": deaths.get(person["person_id"], "")})
        rows[person["person_id"]] = out["patients"][-1]
    measurements = raw["measurement"]
    heads = {m["measurement_id"]: m for m in measurements if m["measurement_source_value"] in ("assessments.status", "outcomes.event")}
    tables = _tables(measurements, heads)
    for kind in ("procedure", "condition"):
        for event in raw[f"{kind}_occurrence"]:
            number = event[f"{kind}_occurrence_id"]
            table = tables.get(number, "")
            day = event["procedure_date" if kind == "procedure" else "condition_start_date"]
            _event(out, rows, table or _only(event, kind), number, event["person_id"], event[f"{kind}_source_value"], day)
    for number, head in heads.items():
        table, _, column = head["measurement_source_value"].partition(".")
        row = rows[number] = {"number": number, column: head["value_source_value"], "date": head["measurement_date"]}
        row["lesion_id"] = head["measurement_event_id"]
        out[table].append(row)
    for m in measurements:
        if m["measurement_id"] in heads:
            continue
        table, _, column = m["measurement_source_value"].partition(".")
        row = rows[m["measurement_event_id"] or m["person_id"]]
        row[column] = m["value_as_number"].partition(".")[0] if column in ("procedure_id", "retreatment_of") else m["value_source_value"]
    return out


def _tables(measurements: list[dict[str, str]], heads: dict[str, Any]) -> dict[str, str]:
    return {
        m["measurement_event_id"]: m["measurement_source_value"].partition(".")[0] for m in measurements if m["measurement_id"] not in heads
    }


def _only(event: dict[str, str], kind: str) -> str:
    """The table of an event without measurements, by its source value's vocabulary."""
    value = event[f"{kind}_source_value"]
    choices = (
        (("procedures", "modality"), ("treatments", "kind"))
        if kind == "procedure"
        else (("lesions", "site"), ("complications", "term"), ("patients", "histology"))
    )
    return next(t for t, c in choices if value in BY_NAME[t][c].values)


def _event(out: Tables, rows: dict[str, dict[str, Any]], table: str, number: str, person: str, value: str, day: str) -> None:
    column = {"procedures": "modality", "treatments": "kind", "lesions": "site", "complications": "term", "patients": "histology"}[table]
    if table == "patients":
        rows[number] = rows[person]
        rows[person][column] = value
        return
    rows[number] = {"number": number, column: value, "date": day}
    out[table].append(rows[number])
