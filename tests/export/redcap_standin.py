"""A stand-in for a REDCap project, built from REDCap's documented behaviour; not REDCap.

Data dictionary: variable names are lower case, begin with a letter, have no two underscores in a row and are unique; choices are
``code, label | ...``. Import (flat, raw): a row belongs to a record, and to an instance of a repeating instrument if it names one; with
``overwriteBehavior=overwrite`` an empty value empties a field of the row's instrument, with ``normal`` it is passed over; values are checked.
Delete: one instance of one instrument a call, or a whole record. Export (flat, raw): a row a record, and one an instance;
after the fields of each instrument its state as ``<form>_complete``.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

RECORD, INSTRUMENT, INSTANCE = "record_id", "redcap_repeat_instrument", "redcap_repeat_instance"


@dataclass
class Project:
    fields: dict[str, dict[str, str]] = field(default_factory=dict)
    forms: list[str] = field(default_factory=list)
    repeating: set[str] = field(default_factory=set)
    data: dict[tuple[str, str, int], dict[str, str]] = field(default_factory=dict)

    def design(self, dictionary: Path, repeating: Path) -> None:
        with dictionary.open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        assert len(rows[0]) == 18
        assert rows[0]["Variable / Field Name"] == RECORD
        for row in rows:
            name = row["Variable / Field Name"]
            assert re.fullmatch(r"[a-z](?:_?[a-z0-9])*", name), name
            assert name not in self.fields
            assert len(name) <= 100
            assert row["Field Type"] in ("text", "notes", "radio", "yesno")
            assert (row["Field Type"] == "radio") == bool(row["Choices, Calculations, OR Slider Labels"])
            self.fields[name] = row
            if row["Form Name"] not in self.forms:
                self.forms.append(row["Form Name"])
        with repeating.open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                assert row["form_name"] in self.forms
                self.repeating.add(row["form_name"])
        assert self.forms[0] not in self.repeating

    def load(self, path: Path, overwrite: bool) -> None:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                self._row(row, overwrite)

    def _row(self, row: dict[str, str], overwrite: bool) -> None:
        form, number = row.pop(INSTRUMENT), row.pop(INSTANCE)
        record = row.pop(RECORD)
        assert record
        assert bool(form) == bool(number)
        assert not form or form in self.repeating
        stored = self.data.setdefault((record, form, int(number or 0)), {})
        for name, value in row.items():
            own = self.fields[name]["Form Name"]
            if own != form and not (form == "" and own not in self.repeating):
                assert value == "", f"{name} is no field of {form}"
                continue
            self._check(name, value)
            if value:
                stored[name] = value
            elif overwrite:
                stored.pop(name, None)

    def _check(self, name: str, value: str) -> None:
        told = self.fields[name]
        if not value:
            return
        if told["Field Type"] == "yesno":
            assert value in ("0", "1")
        if told["Field Type"] == "radio":
            codes = [c.split(",")[0].strip() for c in told["Choices, Calculations, OR Slider Labels"].split("|")]
            assert value in codes, (name, value)
        kind = told["Text Validation Type OR Show Slider Number"]
        if kind == "date_ymd":
            date.fromisoformat(value)
        if kind in ("integer", "number"):
            assert re.fullmatch(r"-?\d+" if kind == "integer" else r"-?\d+(\.\d+)?", value)

    def delete(self, path: Path) -> None:
        with path.open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                gone = (row[RECORD], row["instrument"], int(row["repeat_instance"] or 0))
                whole = [place for place in self.data if place[0] == row[RECORD]]
                for place in [gone] if row["instrument"] else whole:
                    self.data.pop(place, None)

    def export(self, path: Path) -> Path:
        header = [RECORD, INSTRUMENT, INSTANCE]
        for form in self.forms:
            header += [f for f, told in self.fields.items() if told["Form Name"] == form and f != RECORD] + [f"{form}_complete"]
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, header)
            writer.writeheader()
            for (record, form, number), stored in sorted(self.data.items()):
                state = {f"{form or self.forms[0]}_complete": "0"}
                whole: dict[str, Any] = {RECORD: record, INSTRUMENT: form, INSTANCE: number or "", **state, **stored}
                writer.writerow({h: whole.get(h, "") for h in header})
        return path
