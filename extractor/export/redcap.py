"""The cohort for REDCap: a data dictionary, and an import file with one repeating instrument a table.

Raw codes are our own words, so that an export from REDCap reads back as labels without a code list. Instance numbers come from a ledger:
they never shift and are never given twice. Import with ``overwriteBehavior=overwrite``, so that a value that is now empty empties the field;
rows that are no more are told in ``delete.csv``. Built from REDCap's documented behaviour; it has not run against REDCap itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from extractor.export.charts import ChartTables
from extractor.export.ledger import Ledger
from extractor.model import Value
from extractor.schema import BY_NAME, Column

DICTIONARY = (
    "Variable / Field Name",
    "Form Name",
    "Section Header",
    "Field Type",
    "Field Label",
    "Choices, Calculations, OR Slider Labels",
    "Field Note",
    "Text Validation Type OR Show Slider Number",
    "Text Validation Min",
    "Text Validation Max",
    "Identifier?",
    "Branching Logic (Show field only if...)",
    "Required Field?",
    "Custom Alignment",
    "Question Number (surveys only)",
    "Matrix Group Name",
    "Matrix Ranking?",
    "Field Annotation",
)
"""Columns of REDCap's data dictionary."""
FORMS = {
    "patients": "pt",
    "procedures": "proc",
    "lesions": "les",
    "complications": "comp",
    "assessments": "asmt",
    "outcomes": "outc",
    "treatments": "trt",
}
"""Instrument (the table's name) and the prefix of its fields."""
LABELED = ("procedures", "lesions", "complications", "assessments", "outcomes")
RECORD, INSTRUMENT, INSTANCE = "record_id", "redcap_repeat_instrument", "redcap_repeat_instance"
RECORDS = "records"
"""The ledger's group of patients."""
VALIDATION = {"integer": "integer", "number": "number", "date": "date_ymd"}


def name(table: str, column: str) -> str:
    """The field of a column; unlike columns, fields are unique in a project."""
    return RECORD if column == "patient_id" else f"{FORMS[table]}_{column}"


def columns(table: str) -> list[Column]:
    """Columns that are fields of a table's instrument."""
    return [c for c in BY_NAME[table].columns if c.name not in ("patient_id", "replaces")]


def dictionary() -> Iterator[list[str]]:
    """Rows of the data dictionary."""
    yield _field(RECORD, "patients", "text", "Patient", "", "", "y")
    for table in FORMS:
        for column in columns(table):
            choices = " | ".join(f"{v}, {v.replace('_', ' ')}" for v in column.values)
            kind = (
                "yesno" if column.type == "boolean" else "radio" if column.values else "notes" if column.name.endswith("_text") else "text"
            )
            identifier = "y" if column.name in ("birth_date", "death_date") else ""
            yield _field(name(table, column.name), table, kind, column.doc, choices, VALIDATION.get(column.type, ""), identifier)


def _field(field: str, form: str, kind: str, label: str, choices: str, validation: str, identifier: str) -> list[str]:
    told = {0: field, 1: form, 3: kind, 4: label, 5: choices, 7: validation, 10: identifier}
    return [told.get(at, "") for at in range(len(DICTIONARY))]


def repeating() -> Iterator[tuple[str, str]]:
    """The repeating instruments, each labeled by its row id."""
    return ((t, f"[{name(t, BY_NAME[t].key)}]") for t in FORMS if t != "patients")


# ---- the import file ------------------------------------------------------------------------------------------------------


def header() -> list[str]:
    """Columns of the import file."""
    return [RECORD, INSTRUMENT, INSTANCE, *(name(t, c.name) for t in FORMS for c in columns(t))]


def rows(chart: ChartTables, ledger: Ledger) -> Iterator[list[str]]:
    """A chart's rows of the import file, in the order of ``header``. Fields of other instruments are empty, as in REDCap's own exports."""
    places = {f: at for at, f in enumerate(header())}
    ledger.number(RECORDS, chart.patient_id)
    for table in FORMS:
        key = BY_NAME[table].key
        for row in chart[table]:
            cells = [""] * len(places)
            cells[places[RECORD]] = chart.patient_id
            if table != "patients":
                old = row.get("replaces")
                number = ledger.number(group(chart.patient_id, table), str(row[key]), str(old) if old is not None else None)
                cells[places[INSTRUMENT]], cells[places[INSTANCE]] = table, str(number)
            for column in columns(table):
                cells[places[name(table, column.name)]] = raw(row[column.name])
            yield cells


def group(patient: str, table: str) -> str:
    """Within which the ledger counts instances."""
    return f"{table}|{patient}"


def raw(value: Value) -> str:
    """A cell as REDCap takes it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def keep(patient: str, ledger: Ledger) -> None:
    """Do not withdraw the rows of a patient whose chart could not be read."""
    for own, key in [(g, k) for g, k in ledger.numbers if (g, k) == (RECORDS, patient) or g.partition("|")[2] == patient]:
        ledger.number(own, key)


def deletions(ledger: Ledger) -> Iterator[tuple[str, str, str]]:
    """(record, instrument, instance) of every row ever exported that is no more; without instrument and instance the whole record."""
    gone = list(ledger.withdrawn())
    records = {key for own, key, _ in gone if own == RECORDS}
    for own, key, number in gone:
        table, _, patient = own.partition("|")
        if own == RECORDS:
            yield key, "", ""
        elif patient not in records:
            yield patient, table, str(number)


# ---- back again -----------------------------------------------------------------------------------------------------------


def label_map() -> str:
    """The column map by which ``extractor evaluate`` reads an export of this project as labels (docs/evaluation.md)."""
    lines = [f'patient_id = "{RECORD}"', ""]
    for table in ("patients", *LABELED):
        lines.append(f"[{table}]")
        if table != "patients":
            lines.append(f'instrument = "{table}"')
        lines.append(f"[{table}.columns]")
        lines += [f'{c.name} = "{name(table, c.name)}"' for c in columns(table)]
        lines.append("")
    return "\n".join(lines)
