"""The page and the folder: every number leads to its rows and each row to its sentence, note text is escaped, nothing is fetched, equal input gives equal bytes."""

from __future__ import annotations

import csv
import json
import random
import re
import shutil
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from extractor.cli import app
from extractor.model import Note
from extractor.normalizer import abstract
from extractor.pipeline import Reader
from extractor.report.flow import boxes, svg
from extractor.report.trace import MOST_LINKS
from extractor.tables import Writer, write_run

EVIL = "<script>alert('x')</script>"
PROCEDURE = """PROCEDURE: CT-guided percutaneous cryoablation.
HISTORY: 61-year-old woman with metastatic leiomyosarcoma of the uterus, status post hysterectomy and chemotherapy. {evil}
FINDINGS: A 2.4 cm left retroperitoneal mass was treated with 3 probes. The ice ball covered the entire mass with 8 mm on all sides.
COMPLICATIONS: None other than a small hematoma {evil}, observed."""
FOLLOW_UP = """CT of the abdomen.
FINDINGS: {what} at the left retroperitoneal ablation zone, 100 < 200 & 5 > 3."""


def notes(patient: str, progressed: bool) -> list[Note]:
    what = "New nodular enhancement consistent with local recurrence" if progressed else "No evidence of recurrence"
    return [
        Note(f"{patient}-1", patient, date(2018, 3, 12), PROCEDURE.format(evil=EVIL), "procedure"),
        Note(f"{patient}-2", patient, date(2019, 4, 2), FOLLOW_UP.format(what=what), "radiology"),
    ]


PATIENTS = ('A"><b>', "B", "C-3")


@pytest.fixture(scope="module")
def tables(reader: Reader, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tables of three patients, one with an id that would break out of an attribute."""
    folder = tmp_path_factory.mktemp("cohort")
    writer = Writer(folder)
    for patient in PATIENTS:
        writer.add(abstract(notes(patient, patient == "B"), reader))
    writer.close()
    write_run(folder, {})
    return folder


def run(*arguments: object) -> tuple[int, str]:
    found = CliRunner().invoke(app, ["report", *map(str, arguments)])
    return found.exit_code, found.output


@pytest.fixture(scope="module")
def out(tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out") / "report"
    code, told = run(tables, "--study", "sarcoma-cryoablation", "--out", folder)
    assert code == 0, told
    assert told.startswith("3 patients, 3 analysed, 3 lesions -> ")
    return folder


class Page(HTMLParser):
    """Ids, links and tags of a page, and the text of each element with an id."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[tuple[str, str]] = []
        self.tags: set[str] = set()
        self.assets: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {k: v or "" for k, v in attrs}
        self.tags.add(tag)
        self.ids += [given["id"]] if "id" in given else []
        if tag == "a":
            self.links.append((given.get("href", ""), given.get("class", "")))
        self.assets += [given[k] for k in ("src", "srcset", "data") if k in given]


def test_the_page_stands_alone(out: Path) -> None:
    text = (out / "report.html").read_text(encoding="utf-8")
    page = Page(text)
    assert not page.tags & {"script", "link", "iframe", "img", "object", "embed", "form", "base"}
    assert not page.assets
    assert not re.search(r"@import|url\((?!#)", text)
    assert EVIL not in text
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;" in text
    assert 'A"><b>' not in text


def test_every_number_leads_to_rows_and_every_row_to_its_sentence(out: Path) -> None:
    text = (out / "report.html").read_text(encoding="utf-8")
    page = Page(text)
    assert len(page.ids) == len(set(page.ids))
    targets = [href for href, _ in page.links]
    assert all(href.startswith("#") and href[1:] in page.ids for href in targets)
    numbers = {href for href, kind in page.links if kind == "n"}
    assert len(numbers) > 8
    assert all(re.fullmatch(r"#(n|row)-\d+", href) for href in numbers)
    event = re.search(r'<article class="row" id="(row-\d+)"><h4>outcomes: B:.*?</article>', text, re.DOTALL)
    assert event is not None
    marked = re.findall(r"<mark>(.*?)</mark>", event[0])
    assert any("recurrence" in words for words in marked)
    assert f'href="#{event[1]}-s1"' in event[0]


def test_the_numbers_file_holds_every_link(out: Path) -> None:
    with (out / "numbers.csv").open(encoding="utf-8", newline="") as file:
        told = list(csv.DictReader(file))
    lesions = [t["row_id"] for t in told if (t["report_table"], t["row"]) == ("summary", "lesions")]
    assert len(lesions) == 3
    assert {t["table"] for t in told} >= {"patients", "procedures", "lesions", "complications", "outcomes"}


def test_tables_and_plots(out: Path) -> None:
    with (out / "tables" / "lpfs.csv").open(encoding="utf-8", newline="") as file:
        told = list(csv.DictReader(file))
    assert [t["analysis"] for t in told] == [f"lesions, first ablation: at {m} months" for m in (12, 24)]
    assert (told[0]["units"], told[0]["estimate"], told[0]["estimate, high"]) == ("3", "1", "1")
    for path in (out / "plots").iterdir():
        assert ElementTree.parse(path).getroot().tag.endswith("svg")
    assert {p.stem for p in (out / "plots").iterdir()} >= {"flow", "lpfs", "death", "sensitivity", "lpfs_by_coverage", "lpfs_by_site"}
    facts = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert (facts["study"], facts["patients_analysed"]) == ("sarcoma-cryoablation", 3)


def test_equal_input_gives_equal_bytes_and_row_order_changes_nothing(tables: Path, out: Path, tmp_path: Path) -> None:
    shuffled = tmp_path / tables.name
    shutil.copytree(tables, shuffled)
    dice = random.Random(2)
    for path in shuffled.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            head, *lines = list(csv.reader(file))
        dice.shuffle(lines)
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([head, *lines])
    code, told = run(shuffled, "--study", "sarcoma-cryoablation", "--out", tmp_path / "again")
    assert code == 0, told
    ours, theirs = ({p.relative_to(f): p.read_bytes() for p in f.rglob("*") if p.is_file()} for f in (out, tmp_path / "again"))
    assert ours == theirs


def test_what_is_in_the_way_is_not_replaced(tables: Path, out: Path, tmp_path: Path) -> None:
    study = ("--study", "sarcoma-cryoablation")
    assert run(tables, *study, "--out", out)[1].endswith("--force to replace it\n")
    code, told = run(tables, *study, "--out", tables, "--force")
    assert (code, "holds the cohort tables" in told) == (2, True)
    other = shutil.copytree(tables, tmp_path / "other")
    code, told = run(tables, *study, "--out", other, "--force")
    assert (code, "something else than a report" in told) == (2, True)
    assert (other / "lesions.csv").is_file()
    assert run(tables, *study, "--out", out, "--force")[0] == 0


def test_errors_are_told_in_one_line(tables: Path, tmp_path: Path) -> None:
    code, told = run(tables, "--study", "nobody", "--out", tmp_path / "x")
    assert (code, told) == (
        2,
        "extractor: nobody: no such file; give a study file (TOML), or the name of a shipped study: sarcoma-cryoablation\n",
    )
    code, told = run(tmp_path, "--study", "sarcoma-cryoablation", "--out", tmp_path / "x")
    assert code == 2
    assert "no table patients" in told


def test_the_flow_diagram_counts_what_the_tables_say(out: Path) -> None:
    from extractor.report.analysed import analysed
    from extractor.report.eligibility import judge
    from tests.report.makers import chart, cohort, published

    told = cohort(
        chart("A", [{"until": "2019-01-01"}, {"site": "lung"}]),
        chart("B", person={"histology": "other"}),
        chart("C", person={"age_years": None}),
        chart("D", session={"modality": "microwave"}),
    )
    plan = published()
    judged = judge(plan, told)
    found = boxes(plan, judged, analysed(plan, told, judged))
    assert [(b.place, b.cell.value) for b in found] == [
        ("main", 4), ("out", 1), ("out", 1), ("main", 2), ("unknown", 1), ("main", 1), ("out", 1), ("main", 1),
    ]  # fmt: skip
    for narrow in (False, True):
        drawn = svg(found, lambda cell: "#x" if cell.rows else "", narrow)
        root = ElementTree.fromstring(drawn)
        texts = "".join(t.text or "" for t in root.iter("{http://www.w3.org/2000/svg}text"))
        assert "Eligibility unknown" in texts
        assert drawn.count("stroke-dasharray") == 1


def test_long_lists_are_cut_on_the_page_alone() -> None:
    from extractor.report.content import count
    from extractor.report.trace import Trace
    from tests.report.makers import chart, cohort

    told = cohort(*(chart(f"P{n:04d}") for n in range(MOST_LINKS + 7)))
    cell = count(("patients", p) for p in told.charts)
    (group, links, more), *others = Trace(told, [("everybody", cell)]).groups()
    assert (len(group.rows), len(links), more, others) == (MOST_LINKS + 7, MOST_LINKS, 7, [])
