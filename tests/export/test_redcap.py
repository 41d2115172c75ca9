"""The cohort in a REDCap project: importing twice, corrections, blanks, withdrawn rows, numbers that stay, and labels read back."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from extractor.errors import InputError
from extractor.evaluator import labels
from extractor.export import write
from extractor.export.charts import ChartTables
from extractor.export.redcap import LABELED
from extractor.schema import BY_NAME
from tests.export import makers
from tests.export.redcap_standin import Project


def sent(tmp_path: Path, project: Project, *charts: ChartTables, overwrite: bool = True) -> Path:
    """Export the charts and import them, as docs/exchange.md says."""
    out = tmp_path / "redcap"
    write.to_redcap(makers.folder(tmp_path / "cohort", *charts), out)
    if not project.fields:
        project.design(out / "dictionary.csv", out / "repeating.csv")
    project.load(out / "import.csv", overwrite)
    project.delete(out / "delete.csv")
    return out


def as_labels(path: Path, column_map: Path | None = None) -> dict[str, Any]:
    """Rows of labels, free of order and of cells that are empty."""
    found = labels.read(path, column_map)
    return {
        p: {
            t: sorted(str(sorted((k, v) for k, v in r.items() if v is not None and k != "replaces")) for r in own[t])
            for t in ("patients", *LABELED)
        }
        for p, own in found.items()
    }


def test_what_redcap_exports_reads_back_as_labels_cell_by_cell(tmp_path: Path) -> None:
    project = Project()
    out = sent(tmp_path, project, *(makers.chart(s) for s in range(8)))
    exported = project.export(tmp_path / "export.csv")
    assert as_labels(exported, out / "labels.toml") == as_labels(tmp_path / "cohort")


def test_treatments_stand_there_too(tmp_path: Path) -> None:
    project = Project()
    sent(tmp_path, project, chart := makers.chart(3))
    stored = [v for (_, form, _), v in sorted(project.data.items()) if form == "treatments"]
    assert [s["trt_treatment_id"] for s in stored] == [r["treatment_id"] for r in chart["treatments"]]
    assert [s.get("trt_kind_text") for s in stored] == [r["kind_text"] for r in chart["treatments"]]


def test_importing_twice_changes_nothing(tmp_path: Path) -> None:
    project, charts = Project(), [makers.chart(s) for s in range(3)]
    out = sent(tmp_path, project, *charts)
    before, files = copy.deepcopy(project.data), {p.name: p.read_bytes() for p in out.iterdir()}
    sent(tmp_path, project, *charts)
    assert project.data == before
    assert {p.name: p.read_bytes() for p in out.iterdir()} == files


def test_corrections_overwrite_also_with_blanks(tmp_path: Path) -> None:
    chart = makers.changed(makers.chart(1), "lesions", 0, size_mm=31.0, coverage="adequate")
    corrected = makers.changed(chart, "lesions", 0, size_mm=None, coverage="inadequate")
    project, passing = Project(), Project()
    sent(tmp_path, project, chart)
    sent(tmp_path, project, corrected)
    own = project.data[chart.patient_id, "lesions", 1]
    assert "les_size_mm" not in own
    assert own["les_coverage"] == "inadequate"
    sent(tmp_path, passing, chart, overwrite=False)
    sent(tmp_path, passing, corrected, overwrite=False)
    assert passing.data[chart.patient_id, "lesions", 1]["les_size_mm"] == "31"


def test_withdrawn_rows_delete_their_instance_and_numbers_never_shift(tmp_path: Path) -> None:
    project, chart = Project(), makers.chart(2)
    sent(tmp_path, project, chart)
    last = [r["complication_id"] for r in chart["complications"]][-1]
    less = makers.without(chart, "complications", 1)
    sent(tmp_path, project, less)
    assert [n for _, form, n in project.data if form == "complications"] == [1, 3, 4]
    assert project.data[chart.patient_id, "complications", 4]["comp_complication_id"] == last
    more = replace(
        less,
        tables={
            **less.tables,
            "complications": [{**less["complications"][0], "complication_id": "a new one", "replaces": None}, *less["complications"]],
        },
    )
    sent(tmp_path, project, more)
    assert project.data[chart.patient_id, "complications", 5]["comp_complication_id"] == "a new one"
    assert (chart.patient_id, "complications", 2) not in project.data
    sent(tmp_path, project, chart)
    assert sorted(n for _, form, n in project.data if form == "complications") == [1, 2, 3, 4]


def test_a_chart_that_left_the_cohort_deletes_its_record_but_not_one_that_could_not_be_read(tmp_path: Path) -> None:
    project, (one, two, three) = Project(), (makers.chart(s) for s in (1, 2, 3))
    sent(tmp_path, project, one, two, three)
    before = copy.deepcopy(project.data)
    rejects = tmp_path / "cohort" / "rejects.csv"
    rejects.write_text(f"file,row,reason\nn.csv,patient {three.patient_id},the chart was not finished within 600 seconds\n")
    out = sent(tmp_path, project, two)
    assert project.data == {place: row for place, row in before.items() if place[0] != one.patient_id}
    assert (out / "delete.csv").read_text() == f"record_id,instrument,repeat_instance\n{one.patient_id},,\n"
    sent(tmp_path, project, one, two, three)
    assert project.data == before


def test_a_row_under_a_new_id_keeps_its_number(tmp_path: Path) -> None:
    chart = makers.changed(makers.chart(4), "lesions", 1, replaces=None)
    old = chart["lesions"][1]["lesion_id"]
    new = makers.changed(makers.renamed(chart, "lesions", 1, "known better"), "lesions", 1, replaces=old)
    project = Project()
    sent(tmp_path, project, chart)
    sent(tmp_path, project, new)
    assert project.data[chart.patient_id, "lesions", 2]["les_lesion_id"] == "known better"
    assert len([1 for _, form, _ in project.data if form == "lesions"]) == len(chart["lesions"])


def test_a_corrected_value_and_a_row_added_by_hand_are_labels(tmp_path: Path) -> None:
    project, chart = Project(), makers.chart(5)
    out = sent(tmp_path, project, chart)
    project.data[chart.patient_id, "lesions", 1]["les_site"] = "kidney"
    project.data[chart.patient_id, "procedures", 9] = {"proc_date": "2024-01-02", "proc_date_precision": "day", "proc_modality": "laser"}
    found = labels.read(project.export(tmp_path / "e.csv"), out / "labels.toml")[chart.patient_id]
    assert next(r for r in found["lesions"] if r["id"] == chart["lesions"][0]["lesion_id"])["site"] == "kidney"
    assert next(r for r in found["procedures"] if r["modality"] == "laser" and r["date"] == "2024-01-02")["id"] == "9"


def test_a_damaged_ledger_stops_the_export(tmp_path: Path) -> None:
    out = sent(tmp_path, Project(), makers.chart(1))
    (out / "ledger.csv").write_text("group,key\nx,y\n")
    before = (out / "import.csv").read_bytes()
    with pytest.raises(InputError, match="ledger"):
        write.to_redcap(tmp_path / "cohort", out)
    assert (out / "import.csv").read_bytes() == before


def test_every_column_has_a_field(tmp_path: Path) -> None:
    project = Project()
    sent(tmp_path, project, makers.chart(1))
    for table in (*LABELED, "patients", "treatments"):
        own = {f for f, told in project.fields.items() if told["Form Name"] == table and f != "record_id"}
        assert len(own) == len([c for c in BY_NAME[table].names if c not in ("patient_id", "replaces")])
