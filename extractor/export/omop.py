"""A chart as rows of OMOP CDM 5.4.

| table | rows |
|---|---|
| PERSON | the patient, where the year of birth is known |
| DEATH | the day of death |
| NOTE | the notes |
| NOTE_NLP | the mentions, with offsets, and in ``term_modifiers`` label, concept, context and rule |
| PROCEDURE_OCCURRENCE | ablations; other treatments with a date |
| CONDITION_OCCURRENCE | the tumour; each lesion treated; complications with a date |
| MEASUREMENT | every other cell, linked to the row it belongs to by ``measurement_event_id`` |

Source values always hold our own words (cut to the column's width); concept ids are 0 unless a mapping file gives them. Ids are unique over
all tables, so that ``measurement_event_id`` is never ambiguous. OMOP has whole days alone: a date known to the month is its first day, and
a MEASUREMENT ``<table>.date_precision`` says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from extractor.errors import InputError
from extractor.export.charts import ChartTables, Record
from extractor.export.ledger import Ledger
from extractor.export.mapping import Codes
from extractor.model import CONTEXT, Value
from extractor.schema import BY_NAME, Column
from extractor.tables import show
from extractor.version import VERSION

if TYPE_CHECKING:
    import sqlalchemy as sa

Row = tuple[str, dict[str, Any]]
"""(table, cells)."""
Reject = tuple[str, str, str, str]
GROUP = "omop"
UNITS = {"size_mm": "mm", "min_margin_mm": "mm", "months": "months", "age_years": "years"}
COLUMNS: Mapping[str, str] = {
    "person": "person_id! gender_concept_id! year_of_birth! month_of_birth day_of_birth birth_datetime:t race_concept_id! ethnicity_concept_id! "
    "location_id provider_id care_site_id person_source_value:50 gender_source_value:50 gender_source_concept_id race_source_value:50 "
    "race_source_concept_id ethnicity_source_value:50 ethnicity_source_concept_id",
    "death": "person_id! death_date:d! death_datetime:t death_type_concept_id cause_concept_id cause_source_value:50 cause_source_concept_id",
    "note": "note_id! person_id! note_date:d! note_datetime:t note_type_concept_id! note_class_concept_id! note_title:250 note_text:x! "
    "encoding_concept_id! language_concept_id! provider_id visit_occurrence_id visit_detail_id note_source_value:50 note_event_id "
    "note_event_field_concept_id",
    "note_nlp": "note_nlp_id! note_id! section_concept_id snippet:250 offset:50 lexical_variant:250! note_nlp_concept_id "
    "note_nlp_source_concept_id nlp_system:250 nlp_date:d! nlp_datetime:t term_exists:1 term_temporal:50 term_modifiers:2000",
    "procedure_occurrence": "procedure_occurrence_id! person_id! procedure_concept_id! procedure_date:d! procedure_datetime:t "
    "procedure_end_date:d procedure_end_datetime:t procedure_type_concept_id! modifier_concept_id quantity provider_id visit_occurrence_id "
    "visit_detail_id procedure_source_value:50 procedure_source_concept_id modifier_source_value:50",
    "condition_occurrence": "condition_occurrence_id! person_id! condition_concept_id! condition_start_date:d! condition_start_datetime:t "
    "condition_end_date:d condition_end_datetime:t condition_type_concept_id! condition_status_concept_id stop_reason:20 provider_id "
    "visit_occurrence_id visit_detail_id condition_source_value:50 condition_source_concept_id condition_status_source_value:50",
    "measurement": "measurement_id! person_id! measurement_concept_id! measurement_date:d! measurement_datetime:t measurement_time:10 "
    "measurement_type_concept_id! operator_concept_id value_as_number:n value_as_concept_id unit_concept_id range_low:n range_high:n "
    "provider_id visit_occurrence_id visit_detail_id measurement_source_value:50 measurement_source_concept_id unit_source_value:50 "
    "unit_source_concept_id value_source_value:50 measurement_event_id meas_event_field_concept_id",
    "fact_relationship": "domain_concept_id_1! fact_id_1! domain_concept_id_2! fact_id_2! relationship_concept_id!",
}
"""Columns by table, in the standard's order (ohdsi.github.io/CommonDataModel/cdm54.html). ``!`` is not null; after the colon d date, t timestamp, n numeric, x text, or the width of a varchar; else integer."""
ROWS = {
    "procedures": ("modality",),
    "lesions": ("site",),
    "complications": ("term",),
    "treatments": ("kind",),
}
"""The column that a row's own source value is."""


@dataclass(frozen=True, slots=True)
class Options:
    """Codes, (year of birth, person id or None) by patient, and the ledger of ids."""

    codes: Codes = field(default_factory=Codes)
    people: Mapping[str, tuple[int, int | None]] = field(default_factory=dict)
    ledger: Ledger = field(default_factory=Ledger)

    def __post_init__(self) -> None:
        """Raises InputError if a person id that is told was given to another patient by an earlier export."""
        told = {n: patient for patient, (_, n) in self.people.items() if n is not None}
        self.ledger.taken = frozenset(told)
        for (_, key), number in self.ledger.numbers.items():
            if number in told and key.startswith("person|") and key != _key(("person", told[number])):
                raise InputError(f"person_id {number} is that of another patient in the last export; give other numbers, or export anew")


def names(table: str) -> list[str]:
    """Columns of a table in order."""
    return [c.partition(":")[0].rstrip("!") for c in COLUMNS[table].split()]


def key(table: str) -> list[str]:
    """The columns that tell one row from another: the first; of FACT_RELATIONSHIP all."""
    return names(table) if table == "fact_relationship" else names(table)[:1]


def metadata() -> sa.MetaData:
    """The tables as the standard's DDL has them, with its primary and foreign keys."""
    import sqlalchemy as sa

    found = sa.MetaData()
    types: dict[str, sa.types.TypeEngine[Any]] = {
        "d": sa.Date(),
        "t": sa.DateTime(),
        "n": sa.Numeric(asdecimal=False),
        "x": sa.Text(),
        "": sa.Integer(),
    }
    for table, told in COLUMNS.items():
        own: list[sa.Column[Any]] = []
        for word in told.split():
            name, _, kind = word.rstrip("!").partition(":")
            parent = {"person_id": "person", "note_id": "note"}.get(name)
            refers = [sa.ForeignKey(f"{parent}.{name}")] if parent and parent != table else []
            kind_of = types[kind] if kind in types else sa.String(int(kind))
            own.append(
                sa.Column(name, kind_of, *refers, primary_key=name in key(table), autoincrement=False, nullable=not word.endswith("!"))
            )
        sa.Table(table, found, *own)
    return found


def _key(parts: Sequence[Value]) -> str:
    return "|".join(str(p).replace("\\", "\\\\").replace("|", "\\|") for p in parts)


# ---- a chart --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Maker:
    chart: ChartTables
    options: Options

    def id(self, *parts: Value, replaces: tuple[Value, ...] | None = None) -> int:
        """The number of a row; ``replaces`` names the row whose number it takes over."""
        return self.options.ledger.number(GROUP, _key(parts), _key(replaces) if replaces else None)

    def of(self, kind: str, table: str, row: Record, *column: str) -> int:
        """The number of a row of the cohort tables, or of one of its cells."""
        old = row.get("replaces")
        return self.id(kind, table, row[BY_NAME[table].key], *column, replaces=(kind, table, old, *column) if old is not None else None)

    @property
    def person(self) -> int:
        return person_id(self.chart.patient_id, self.options)


def person_id(patient: str, options: Options) -> int:
    """The number of a patient: the one told with ``people``, else the ledger's."""
    told = options.people.get(patient)
    return told[1] if told and told[1] is not None else options.ledger.number(GROUP, _key(("person", patient)))


def rows(chart: ChartTables, options: Options) -> tuple[list[Row], list[Reject]]:
    """The chart's rows by OMOP table, and what OMOP cannot hold. Without a year of birth that is the whole chart."""
    year = _year(chart, options)
    if year is None:
        reason = "the year of birth is not known, and PERSON cannot be without it; give it with --persons"
        return [], [(chart.patient_id, "", "", reason)]
    make = _Maker(chart, options)
    out: list[Row] = [("person", _person(make, year)), *_death(make), *_notes(make)]
    rejects: list[Reject] = []
    kept: dict[tuple[str, str], Record] = {}
    for table in ("patients", *ROWS, "assessments", "outcomes"):
        for row in chart[table]:
            day = _day(make, table, row)
            if day is None:
                if _told(table, row):
                    rejects.append(
                        (chart.patient_id, table, str(row[BY_NAME[table].key]), "has no date, and OMOP holds no event without one")
                    )
                continue
            kept[table, str(row[BY_NAME[table].key])] = row
            out += _row(make, table, row, day)
    return [*out, *_support(make, kept)], rejects


def _year(chart: ChartTables, options: Options) -> int | None:
    birth = chart.patient["birth_date"]
    told = options.people.get(chart.patient_id)
    return told[0] if told else birth.year if isinstance(birth, date) else None


def _person(make: _Maker, year: int) -> dict[str, Any]:
    row = make.chart.patient
    birth = row["birth_date"]
    known = isinstance(birth, date) and birth.year == year
    return {
        "person_id": make.person,
        "gender_concept_id": make.options.codes.concept("patients.sex", row["sex"]),
        "year_of_birth": year,
        "month_of_birth": birth.month if known and isinstance(birth, date) else None,
        "day_of_birth": birth.day if known and isinstance(birth, date) else None,
        "race_concept_id": 0,
        "ethnicity_concept_id": 0,
        "person_source_value": _cut(make.chart.patient_id),
        "gender_source_value": row["sex"],
    }


def _cut(value: Value, width: int = 50) -> str | None:
    return None if value is None else show(value)[:width]


def _death(make: _Maker) -> Iterator[Row]:
    row = make.chart.patient
    if row["death_date"] is not None:
        yield "death", {"person_id": make.person, "death_date": row["death_date"], "death_type_concept_id": 0}


def _notes(make: _Maker) -> Iterator[Row]:
    days = {}
    for n in make.chart["notes"]:
        days[n["note_id"]] = n["note_date"]
        yield (
            "note",
            {
                "note_id": make.id("note", n["note_id"]),
                "person_id": make.person,
                "note_date": n["note_date"],
                "note_type_concept_id": make.options.codes.concept("omop", "type"),
                "note_class_concept_id": make.options.codes.concept("notes.note_type", n["note_type"]),
                "note_title": n["note_type"],
                "note_text": n["text"],
                "encoding_concept_id": make.options.codes.concept("omop", "encoding"),
                "language_concept_id": make.options.codes.concept("omop", "language"),
                "note_source_value": _cut(n["note_id"]),
            },
        )
    for m in make.chart["mentions"]:
        yield "note_nlp", _mention(make, m, days[m["note_id"]])


ABSENT = ("negated", "hypothetical", "family", "planned", "cancelled", "risk", "intended")
"""Context under which the thing is not there, by OMOP's word for ``term_exists``."""


def _mention(make: _Maker, m: Record, day: Value) -> dict[str, Any]:
    context = [c for c in CONTEXT if m[f"is_{c}"]]
    modifiers = [("label", m["label"]), ("concept", m["concept"]), ("rule", m["rule_id"]), *((c, "true") for c in context)]
    return {
        "note_nlp_id": make.id("note_nlp", m["mention_id"]),
        "note_id": make.id("note", m["note_id"]),
        "section_concept_id": make.options.codes.concept("mentions.section", m["section"]),
        "snippet": _cut(m["text"], 250),
        "offset": f"{m['start']}-{m['end']}",
        "lexical_variant": _cut(m["text"], 250),
        "note_nlp_concept_id": make.options.codes.concept("mentions.concept", m["concept"]),
        "note_nlp_source_concept_id": 0,
        "nlp_system": f"extractor {VERSION}",
        "nlp_date": day,
        "term_exists": "N" if set(context) & set(ABSENT) else "Y",
        "term_temporal": "historical" if "historical" in context else None,
        "term_modifiers": _cut(",".join(f"{k}={v}" for k, v in modifiers), 2_000),
    }


# ---- rows of the cohort tables --------------------------------------------------------------------------------------------


def _first(make: _Maker) -> date | None:
    return min((d for p in make.chart["procedures"] if isinstance(d := p["date"], date)), default=None)


def _day(make: _Maker, table: str, row: Record) -> date | None:
    """The day that a row's events bear."""
    if table == "patients":
        return _first(make) or make.chart.as_of()
    if table == "lesions":
        found = next((p["date"] for p in make.chart["procedures"] if p["procedure_id"] == row["procedure_id"]), None)
    elif table == "outcomes":
        found = row["event_date"] or row["last_assessment_date"]
    else:
        found = row["date"]
    return found if isinstance(found, date) else None


def _told(table: str, row: Record) -> bool:
    return any(row[c.name] is not None for c in _cells(table))


LINKS = {"procedure_id": ("procedure_occurrence", "procedures"), "retreatment_of": ("condition_occurrence", "lesions")}
"""Columns that name another row: their measurement holds its number."""
HEADS = {"assessments": "status", "outcomes": "event"}
"""Tables whose rows are a measurement, and the cell that it measures."""


def _cells(table: str) -> Iterator[Column]:
    """Columns that become measurements: all but the row's own id, and what PERSON, DEATH or the row's own event holds."""
    held = {"sex", "birth_date", "death_date", "histology"} if table == "patients" else {"date", *ROWS.get(table, ())}
    held |= {BY_NAME[table].key, "patient_id", "replaces", "lesion_id", HEADS.get(table, "")}
    return (c for c in BY_NAME[table].columns if c.name not in held)


def _row(make: _Maker, table: str, row: Record, day: date) -> Iterator[Row]:
    """A row's own event, if it has one, and a measurement for each cell."""
    where, event = _event(make, table, row) or ("", None)
    if event is not None and table in HEADS:
        lesion = row["lesion_id"]
        parent = make.id("condition_occurrence", "lesions", lesion) if lesion is not None else None
        head = BY_NAME[table][HEADS[table]]
        yield "measurement", _measurement(make, table, row, head, day, event, (parent, "condition_occurrence"))
    elif event is not None:
        column = ROWS.get(table, ("histology",))[0]
        yield where, _occurrence(make, where.removesuffix("_occurrence"), event, day, f"{table}.{column}", row[column])
    for cell in _cells(table):
        if row[cell.name] is not None:
            number = make.of("measurement", table, row, cell.name)
            yield "measurement", _measurement(make, table, row, cell, day, number, (event, where))


def _event(make: _Maker, table: str, row: Record) -> tuple[str, int] | None:
    """OMOP's table and number of a row's own event; a patient without a histology has none."""
    if table in HEADS:
        return "measurement", make.of("measurement", table, row, HEADS[table])
    if table == "patients" and row["histology"] is None:
        return None
    kind = "procedure_occurrence" if table in ("procedures", "treatments") else "condition_occurrence"
    return kind, make.of(kind, table, row)


def _support(make: _Maker, kept: Mapping[tuple[str, str], Record]) -> Iterator[Row]:
    """Which mention a row of OMOP's rests on, by ``evidence``; ``kept`` are the cohort rows that were not rejected."""
    codes = make.options.codes
    pairs: dict[tuple[int, str, int], None] = {}
    for e in make.chart["evidence"]:
        row = kept.get((str(e["table"]), str(e["row_id"])))
        found = _place(make, str(e["table"]), row, str(e["column"])) if row is not None and e["mention_id"] is not None else None
        if found is not None:
            pairs[make.id("note_nlp", e["mention_id"]), *found] = None
    for mention, kind, number in pairs:
        yield (
            "fact_relationship",
            {
                "domain_concept_id_1": codes.concept("omop", "domain note_nlp"),
                "fact_id_1": mention,
                "domain_concept_id_2": codes.concept("omop", f"domain {kind}"),
                "fact_id_2": number,
                "relationship_concept_id": codes.concept("omop", "relationship evidence"),
            },
        )


def _place(make: _Maker, table: str, row: Record, column: str) -> tuple[str, int] | None:
    """OMOP's table and number of a cell: its own measurement, or what else holds it."""
    if any(c.name == column for c in _cells(table)):
        return "measurement", make.of("measurement", table, row, column)
    if table == "patients" and column != "histology":
        return "person", make.person
    return _event(make, table, row)


def _occurrence(make: _Maker, kind: str, number: int, day: date, column: str, value: Value) -> dict[str, Any]:
    return {
        f"{kind}_occurrence_id": number,
        "person_id": make.person,
        f"{kind}_concept_id": make.options.codes.concept(column, value),
        ("procedure_date" if kind == "procedure" else "condition_start_date"): day,
        f"{kind}_type_concept_id": make.options.codes.concept("omop", "type"),
        f"{kind}_source_value": _cut(value),
    }


def _measurement(
    make: _Maker, table: str, row: Record, column: Column, day: date, number: int, event: tuple[int | None, str]
) -> dict[str, Any]:
    """A cell. ``event`` is the number of what it belongs to, and the OMOP table of that."""
    value, name, codes = row[column.name], f"{table}.{column.name}", make.options.codes
    figure = make.id(*LINKS[column.name], value) if column.name in LINKS else value if column.type in ("number", "integer") else None
    unit = UNITS.get(column.name)
    return {
        "measurement_id": number,
        "person_id": make.person,
        "measurement_concept_id": codes.concept(name, ""),
        "measurement_date": day,
        "measurement_type_concept_id": codes.concept("omop", "type"),
        "value_as_number": figure,
        "value_as_concept_id": codes.concept(name, value) if column.values else None,
        "unit_concept_id": codes.concept("omop", f"unit {unit}") if unit else None,
        "measurement_source_value": name,
        "unit_source_value": unit,
        "value_source_value": _cut(value),
        "measurement_event_id": event[0],
        "meas_event_field_concept_id": codes.concept("omop", f"field {event[1]}") if event[0] is not None else None,
    }


def by_table(found: Sequence[Row]) -> dict[str, list[dict[str, Any]]]:
    """Rows grouped by table, tables in the standard's order."""
    out: dict[str, list[dict[str, Any]]] = {t: [] for t in COLUMNS}
    for table, cells in found:
        out[table].append(cells)
    return out
