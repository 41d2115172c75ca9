"""FHIR and REDCap over the same outbox: what arrives is what the exporters write, sent again as often as needed, with what people reviewed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from extractor.errors import FeedError
from extractor.export import charts, fhir
from extractor.export import write as export
from extractor.feed import charts as feed_charts
from extractor.feed.client import Secrets
from extractor.feed.document import content
from extractor.feed.fhir import tables
from extractor.feed.outbox import Outbox
from extractor.feed.run import Feed, feed, wire
from tests.export import makers as exported
from tests.export import readback
from tests.export.test_fhir import Server as Conditional
from tests.feed.makers import Chart, many, write
from tests.feed.sender import quick
from tests.feed.served import TOKEN
from tests.feed.standins import FhirServer, RedcapServer, serving

DECIDED = Chart("A", {"coverage": "inadequate"}, review="begun", reviewed={"coverage": "corrected"})
CONTRARY = Chart("A", notes=("report", "addendum"), words={"coverage": 2})


@pytest.mark.parametrize("seed", range(4))
def test_a_chart_that_goes_through_a_document_is_the_chart(tmp_path: Path, seed: int) -> None:
    whole = exported.chart(seed)
    out = exported.folder(tmp_path / "out", whole)
    (rows,) = feed_charts.read(out)
    found = tables(rows, content(rows))
    assert sorted(exported.cells(found.tables), key=str) == sorted(exported.cells(whole.tables), key=str)
    back = readback.fhir(fhir.bundle(found))
    assert sorted(exported.cells(back), key=str) == sorted(exported.cells(whole.tables), key=str)


# ---- FHIR -------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def server() -> FhirServer:
    return FhirServer()


@pytest.fixture
def to_fhir(tmp_path: Path, server: FhirServer) -> Iterator[Feed]:
    with serving(server.app()) as url:
        yield Feed(f"{url}/r4", Secrets(TOKEN), wire("fhir"), tmp_path / "outbox.sqlite", timeout=3)


def fresh(out: Path) -> dict[str, Any]:
    """What a server holds that got the bundles of the export alone."""
    found = Conditional()
    for chart in charts.read(out):
        found.transact(fhir.bundle(chart))
    return found.stored


def lines(stored: dict[str, Any]) -> set[str]:
    return {u for u in stored if not u.startswith("Provenance")}


def test_a_fhir_server_holds_what_the_export_writes(tmp_path: Path, server: FhirServer, to_fhir: Feed) -> None:
    out = write(tmp_path / "out", many(4))
    server.faults = ["500", "lost", "503", "half"]
    _, sent = feed(out, to_fhir, quick())
    assert (sent.delivered, sent.refused, sent.stopped) == (4, 0, "")
    assert lines(server.held.stored) == lines(fresh(out))
    assert {k: v for k, v in server.held.stored.items() if k in lines(fresh(out))} == {
        k: v for k, v in fresh(out).items() if k in lines(fresh(out))
    }
    assert set(server.held.versions.values()) == {1}
    asked = server.requests
    assert feed(out, to_fhir, quick())[1].tries == 0
    assert server.requests == asked


def test_rows_and_charts_that_are_gone_are_deleted_though_no_receipt_came(tmp_path: Path, server: FhirServer, to_fhir: Feed) -> None:
    out = write(tmp_path / "out", [Chart("A", more_lesions=("right",)), Chart("B")])
    feed(out, to_fhir, quick())
    write(out, [Chart("A", more_lesions=("upper",)), Chart("B")])
    server.faults = ["lost", "401"]
    assert "does not know us" in feed(out, to_fhir, quick())[1].stopped
    write(out, [Chart("A")])
    queued, sent = feed(out, to_fhir, quick())
    assert (queued.count("withdrawn"), sent.delivered, sent.withdrawn) == (1, 1, 1)
    assert lines(server.held.stored) == lines(fresh(out))
    write(out, [Chart("A"), Chart("B")])
    feed(out, to_fhir, quick())
    assert lines(server.held.stored) == lines(fresh(out))


def test_reviewed_cells_win_before_the_bundle_is_made(tmp_path: Path, server: FhirServer, to_fhir: Feed) -> None:
    out = write(tmp_path / "out", [DECIDED])
    feed(out, to_fhir, quick())
    held = lines(server.held.stored)
    before = {k: v for k, v in server.held.stored.items() if k in held}
    write(out, [CONTRARY])
    queued, sent = feed(out, to_fhir, quick())
    assert (queued.in_review, sent.stopped) == (1, "")
    assert {k: v for k, v in server.held.stored.items() if k in held} == before


def test_a_bundle_that_the_models_refuse_costs_only_its_chart(
    tmp_path: Path, server: FhirServer, to_fhir: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = fhir.check
    monkeypatch.setattr(fhir, "check", lambda b: real({**b, "type": 3} if b["identifier"]["value"] == "P00001" else b))
    queued, sent = feed(write(tmp_path / "out", many(3)), to_fhir, quick())
    assert (queued.count("new"), sent.delivered) == (3, 2)
    assert to_fhir.outbox is not None
    box = Outbox(to_fhir.outbox)
    (dead,) = box.dead(1)
    box.close()
    assert (dead.patient_id, dead.reason) == ("P00001", "not well-formed FHIR: type (string_type)")


def test_what_a_fhir_server_refuses_is_told_without_its_words(tmp_path: Path, server: FhirServer, to_fhir: Feed) -> None:
    server.faults = ["422", "409"]
    _, sent = feed(write(tmp_path / "out", many(2)), to_fhir, quick())
    assert (sent.delivered, sent.refused) == (1, 1)
    assert to_fhir.outbox is not None
    box = Outbox(to_fhir.outbox)
    assert [d.reason for d in box.dead(1)] == ["refused with 422: processing"]
    box.close()


# ---- REDCap -----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def redcap(tmp_path: Path) -> RedcapServer:
    export.to_redcap(exported.folder(tmp_path / "design-cohort", exported.chart(1)), tmp_path / "design")
    return RedcapServer(tmp_path / "design")


@pytest.fixture
def to_redcap(tmp_path: Path, redcap: RedcapServer) -> Iterator[Feed]:
    with serving(redcap.app()) as url:
        yield Feed(f"{url}/api/", Secrets(TOKEN), wire("redcap"), tmp_path / "outbox.sqlite", timeout=3)


def wanted(tmp_path: Path, redcap: RedcapServer, out: Path) -> dict[Any, Any]:
    """What a project holds after the files of the export were imported."""
    other = RedcapServer(tmp_path / "design").project
    export.to_redcap(out, tmp_path / "redcap")
    other.load(tmp_path / "redcap" / "import.csv", True)
    other.delete(tmp_path / "redcap" / "delete.csv")
    return other.data


def test_redcap_holds_what_the_export_writes_and_is_corrected_and_emptied(tmp_path: Path, redcap: RedcapServer, to_redcap: Feed) -> None:
    out = write(tmp_path / "out", [Chart("A", more_lesions=("right", "upper")), Chart("B"), Chart("C")])
    redcap.faults = ["", "lost", "500", "", "503"]
    _, sent = feed(out, to_redcap, quick())
    assert (sent.delivered, sent.refused, sent.stopped) == (3, 0, "")
    assert redcap.project.data == wanted(tmp_path, redcap, out)
    write(out, [Chart("A", {"laterality": ""}, more_lesions=("upper",)), Chart("B"), Chart("D")])
    redcap.faults = ["", "", "lost"]
    queued, sent = feed(out, to_redcap, quick())
    assert (sent.delivered, sent.withdrawn, queued.unchanged) == (2, 1, 1)
    assert redcap.project.data == wanted(tmp_path, redcap, out)
    assert ("A", "lesions", 3) in redcap.project.data
    assert ("A", "lesions", 2) not in redcap.project.data
    write(out, [Chart("A", {"laterality": ""}, more_lesions=("upper", "late")), Chart("B"), Chart("D")])
    feed(out, to_redcap, quick())
    assert ("A", "lesions", 4) in redcap.project.data
    actions = len(redcap.actions)
    assert feed(out, to_redcap, quick())[1].tries == 0
    assert len(redcap.actions) == actions


def test_what_a_person_corrected_in_redcap_stays_and_is_told(tmp_path: Path, redcap: RedcapServer, to_redcap: Feed) -> None:
    out = write(tmp_path / "out", [Chart("A")])
    feed(out, to_redcap, quick())
    lesion = redcap.project.data["A", "lesions", 1]
    lesion["les_coverage"] = "inadequate"
    del lesion["les_laterality"]
    write(out, [Chart("A", {"size_mm": 44})])
    _, sent = feed(out, to_redcap, quick())
    assert (sent.delivered, sent.kept) == (1, 1)
    assert (lesion["les_coverage"], "les_laterality" in lesion, lesion["les_size_mm"]) == ("inadequate", False, "44")
    assert to_redcap.outbox is not None
    box = Outbox(to_redcap.outbox)
    assert {q["column"] for _, q in box.questions(1)} == {"coverage", "laterality"}
    box.close()


def test_reviewed_cells_win_before_rows_are_made(tmp_path: Path, redcap: RedcapServer, to_redcap: Feed) -> None:
    out = write(tmp_path / "out", [DECIDED])
    feed(out, to_redcap, quick())
    write(out, [CONTRARY])
    assert feed(out, to_redcap, quick())[0].in_review == 1
    assert redcap.project.data["A", "lesions", 1]["les_coverage"] == "inadequate"


def test_a_row_that_a_person_added_is_never_overwritten(tmp_path: Path, redcap: RedcapServer, to_redcap: Feed) -> None:
    out = write(tmp_path / "out", [Chart("A")])
    feed(out, to_redcap, quick())
    theirs = {"les_site": "liver"}
    redcap.project.data["A", "lesions", 2] = theirs
    write(out, [Chart("A", more_lesions=("right",))])
    _, sent = feed(out, to_redcap, quick())
    assert (sent.refused, redcap.project.data["A", "lesions", 2]) == (1, {"les_site": "liver"})
    redcap.project.data["A", "lesions", 9] = redcap.project.data.pop(("A", "lesions", 2))
    _, sent = feed(out, replace(to_redcap, retry_refused=True), quick())
    assert (sent.delivered, redcap.project.data["A", "lesions", 9]) == (1, theirs)


def test_redcap_s_errors(tmp_path: Path, redcap: RedcapServer, to_redcap: Feed) -> None:
    out = write(tmp_path / "out", [Chart("A"), Chart("B")])
    _, sent = feed(out, replace(to_redcap, secrets=Secrets("another")), quick())
    assert "does not let us (403)" in sent.stopped
    redcap.faults = ["", "400"]
    _, sent = feed(out, to_redcap, quick())
    assert (sent.delivered, sent.refused) == (1, 1)


def test_a_format_that_is_none_is_told() -> None:
    with pytest.raises(FeedError, match="--format fax: write native, fhir, redcap"):
        wire("fax")
