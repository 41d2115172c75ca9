"""A chart as a FHIR bundle: every cell read back, required value sets, partial dates, and sending twice."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from extractor.export import charts, fhir, write
from extractor.export.mapping import Codes
from extractor.schema import BY_NAME
from tests.export import makers, readback

SEEDS = range(12)


def resources(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [e["resource"] for e in bundle["entry"] if e.get("resource", {}).get("resourceType") == kind]


@pytest.mark.parametrize("seed", SEEDS)
def test_every_cell_comes_back(seed: int) -> None:
    chart = makers.chart(seed)
    found = readback.fhir(json.loads(json.dumps(fhir.bundle(chart))))
    assert sorted(makers.cells(found), key=str) == sorted(makers.cells(chart.tables), key=str)
    order = lambda e: tuple(map(str, e.values()))  # noqa: E731
    assert sorted(found["evidence"], key=order) == sorted(map(dict, chart["evidence"]), key=order)


def test_a_lesion_of_which_nothing_is_told_keeps_its_session() -> None:
    nothing = {c: None for c in BY_NAME["lesions"].names if not c.endswith("_id")}
    chart = makers.changed(makers.chart(1), "lesions", 4, **nothing)
    assert set(makers.cells(readback.fhir(fhir.bundle(chart)))) == set(makers.cells(chart.tables))


@pytest.mark.parametrize("seed", range(3))
def test_the_models_of_a_maintained_library_take_it(seed: int) -> None:
    fhir.check(fhir.bundle(makers.chart(seed), fhir.Options(notes=True)))


def test_the_models_refuse_what_is_wrong() -> None:
    bundle = fhir.bundle(makers.chart(1))
    resources(bundle, "AdverseEvent")[0]["actuality"] = 3
    with pytest.raises(ValueError, match="actuality"):
        fhir.check(bundle)


def test_severity_has_three_words_and_death_is_an_outcome() -> None:
    for severity, wanted in (
        ("mild", "mild"),
        ("moderate", "moderate"),
        ("severe", "severe"),
        ("life_threatening", "severe"),
        ("death", "severe"),
    ):
        chart = makers.changed(makers.chart(1), "complications", 0, severity=severity)
        event = resources(fhir.bundle(chart), "AdverseEvent")[0]
        assert event["severity"]["coding"] == [{"system": "http://terminology.hl7.org/CodeSystem/adverse-event-severity", "code": wanted}]
        grade = next(e for e in event["extension"] if e["url"].endswith("/sir-severity"))
        assert grade["valueCodeableConcept"]["coding"][0]["code"] == severity
        outcome = event.get("outcome", {}).get("coding", [])
        assert [c["code"] for c in outcome] == (["fatal"] if severity == "death" else [])
    event = resources(fhir.bundle(makers.changed(makers.chart(1), "complications", 0, severity=None)), "AdverseEvent")[0]
    assert "severity" not in event
    assert "outcome" not in event


REQUIRED = {
    ("Patient", "gender"): {"male", "female", "other", "unknown"},
    ("Procedure", "status"): {"completed"},
    ("Observation", "status"): {"final"},
    ("AdverseEvent", "actuality"): {"actual"},
    ("DocumentReference", "status"): {"current"},
}
"""Required bindings that the models do not check, with the words of R4's value sets that we use."""


@pytest.mark.parametrize("seed", SEEDS)
def test_required_value_sets(seed: int) -> None:
    bundle = fhir.bundle(makers.chart(seed), fhir.Options(notes=True))
    for (kind, field), words in REQUIRED.items():
        assert {r[field] for r in resources(bundle, kind) if field in r} <= words
    assert {e["request"]["method"] for e in bundle["entry"]} <= {"PUT", "DELETE"}
    assert {e["role"] for p in resources(bundle, "Provenance") for e in p.get("entity", ())} <= {"source"}
    assert not [r for e in bundle["entry"] if "profile" in (r := e.get("resource", {})).get("meta", {})]


@pytest.mark.parametrize(("precision", "wanted"), [("year", "2019"), ("month", "2019-03"), ("day", "2019-03-01")])
def test_partial_dates_stay_partial(precision: str, wanted: str) -> None:
    from datetime import date

    chart = makers.changed(makers.chart(2), "procedures", 0, date=date(2019, 3, 1), date_precision=precision)
    assert resources(fhir.bundle(chart), "Procedure")[0]["performedDateTime"] == wanted


class Server:
    """Conditional updates and deletes by the rules of R4's transactions (http.html#cond-update): search, then create, update or nothing."""

    def __init__(self) -> None:
        self.stored: dict[str, dict[str, Any]] = {}
        self.versions: dict[str, int] = {}

    def transact(self, bundle: dict[str, Any]) -> None:
        assert bundle["type"] == "transaction"
        urls = [e["request"]["url"] for e in bundle["entry"]]
        assert len(set(urls)) == len(urls)
        placed = {e["fullUrl"]: e["request"]["url"] for e in bundle["entry"] if "fullUrl" in e}
        for entry in bundle["entry"]:
            url = entry["request"]["url"]
            assert re.fullmatch(r"[A-Z]\w+\?(?:identifier|_tag)=[^|&?]+%7C[^|&?]+", url)
            if entry["request"]["method"] == "DELETE":
                self.stored.pop(url, None)
                continue
            text = json.dumps(entry["resource"], sort_keys=True)
            for reference in re.findall(r'"reference": "(urn:uuid:[^"]+)"', text):
                text = text.replace(reference, placed[reference])
            if json.dumps(self.stored.get(url), sort_keys=True) != text:
                self.stored[url] = json.loads(text)
                self.versions[url] = self.versions.get(url, 0) + 1


def test_sending_twice_changes_nothing() -> None:
    server, bundle = Server(), fhir.bundle(makers.chart(3))
    server.transact(bundle)
    versions = dict(server.versions)
    server.transact(json.loads(json.dumps(fhir.bundle(makers.chart(3), previous=bundle))))
    assert server.versions == versions
    assert set(versions.values()) == {1}


def test_a_correction_changes_its_resources_and_a_withdrawn_row_goes() -> None:
    server, before = Server(), makers.chart(4)
    first = fhir.bundle(before)
    server.transact(first)
    after = makers.without(makers.changed(before, "complications", 0, severity="death", term="pain"), "complications", 1)
    second = fhir.bundle(after, previous=first)
    server.transact(second)
    fresh = Server()
    fresh.transact(fhir.bundle(after))
    assert server.stored == fresh.stored
    assert sum(server.versions.values()) == len(server.versions) + 1
    third = fhir.bundle(before, previous=second)
    server.transact(third)
    assert len(server.stored) == sum("resource" in e for e in first["entry"])
    server.transact(fhir.withdrawn(third))
    assert server.stored == {}


def test_a_row_under_a_new_id_takes_its_old_ones_place() -> None:
    old = makers.changed(makers.chart(5), "procedures", 0, replaces=None)
    new = makers.renamed(makers.changed(old, "procedures", 0, replaces="set below"), "procedures", 0, "the new one")
    new = makers.changed(new, "procedures", 0, replaces=old["procedures"][0]["procedure_id"])
    server, fresh = Server(), Server()
    for bundle in (fhir.bundle(old), fhir.bundle(new)):
        server.transact(bundle)
    fresh.transact(fhir.bundle(new))
    assert server.stored == fresh.stored


def test_an_emptied_cell_leaves_no_resource_behind() -> None:
    size = makers.changed(makers.chart(6), "lesions", 0, size_mm=12.5)
    server = Server()
    server.transact(fhir.bundle(size))
    there = len(server.stored)
    server.transact(fhir.bundle(makers.changed(size, "lesions", 0, size_mm=None)))
    assert len(server.stored) == there - 1


def test_codes_come_from_the_mapping_file_beside_our_own() -> None:
    chart = makers.changed(makers.chart(1), "lesions", 0, site="liver", size_mm=31.0)
    snomed = {"system": "http://snomed.info/sct", "code": "10200004", "display": "Liver structure"}
    bundle = fhir.bundle(chart, fhir.Options(codes=Codes({("lesions.site", "liver"): [snomed]})))
    location = resources(bundle, "BodyStructure")[0]["location"]
    assert location["coding"][1:] == [snomed]
    sizes = [o for o in resources(bundle, "Observation") if o["code"].get("coding", [{}])[0].get("code") == "21889-1"]
    assert sizes[0]["component"][0]["code"]["coding"][0]["code"] == "33728-7"
    assert sizes[0]["component"][0]["valueQuantity"] == {"value": 31, "unit": "mm", "system": "http://unitsofmeasure.org", "code": "mm"}


def test_files_twice_are_the_same_and_gone_patients_are_withdrawn(tmp_path: Path) -> None:
    one, two = makers.chart(7), makers.chart(8)
    cohort = makers.folder(tmp_path / "cohort", one, two)
    out = tmp_path / "fhir"
    summary = write.to_fhir(cohort, out, checked=False)
    assert (summary.charts, summary.rejects) == (2, ())
    first = (out / "bundles.ndjson").read_bytes()
    assert [json.loads(line) for line in first.splitlines()] == [fhir.bundle(c) for c in charts.read(cohort)]
    write.to_fhir(cohort, out, checked=False)
    assert (out / "bundles.ndjson").read_bytes() == first
    write.to_fhir(makers.folder(tmp_path / "less", one), out, checked=False)
    server = Server()
    for line in first.splitlines() + (out / "bundles.ndjson").read_bytes().splitlines():
        server.transact(json.loads(line))
    fresh = Server()
    fresh.transact(fhir.bundle(one))
    assert server.stored == fresh.stored


def test_a_chart_that_is_rejected_or_was_not_read_keeps_its_last_bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two, three = (makers.chart(s) for s in (1, 2, 3))
    out = tmp_path / "fhir"
    write.to_fhir(makers.folder(tmp_path / "all", one, two, three), out, checked=False)
    first = {json.loads(line)["identifier"]["value"]: line for line in (out / "bundles.ndjson").read_text(encoding="utf-8").splitlines()}
    cohort = makers.folder(tmp_path / "some", makers.without(one, "lesions", 4), two)
    (cohort / "rejects.csv").write_text(f"file,row,reason\nn.csv,patient {three.patient_id},the chart ended its worker twice\n")
    monkeypatch.setattr(write, "_wrong", lambda content: "wrong" if content["identifier"]["value"] == one.patient_id else None)
    for _ in range(2):
        assert write.to_fhir(cohort, out).rejects == ((one.patient_id, "", "", "wrong"),)
        again = (out / "bundles.ndjson").read_text(encoding="utf-8").splitlines()
        assert {json.loads(line)["identifier"]["value"]: line for line in again} == first
    write.to_fhir(makers.folder(tmp_path / "two", two), out, checked=False)
    server = Server()
    for line in [*first.values(), *(out / "bundles.ndjson").read_text(encoding="utf-8").splitlines()]:
        server.transact(json.loads(line))
    fresh = Server()
    fresh.transact(fhir.bundle(two))
    assert server.stored == fresh.stored
