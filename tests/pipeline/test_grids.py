"""Tables typed into a note, and margins listed by direction."""

from __future__ import annotations

import pytest

from extractor.pipeline.grids import PARTED, SIGNS, SPLITTERS, find_cells, read_tables
from extractor.pipeline.measures import find_measures


def cells(text: str, *labels: str) -> list[tuple[str, str]]:
    return [(f.label, f.concept) for f in find_cells(text) if f.label in labels]


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        ("6", "6"),
        ("5-8", "5"),
        (">10", "10"),
        ("4,5 mm", "4.5"),
        ("0.6 cm", "6"),
        ("flush", "0"),
        ("none", "0"),
        ("0", "0"),
        ("none at the vein", "0"),
        ("8 to 10", "8"),
    ],
)
def test_margin_cells(cell: str, wanted: str) -> None:
    assert cells(f"Lesion | Site | Margin (mm)\n1 | left psoas | {cell}\n2 | left ilium | 9\n", "MARGIN")[0] == ("MARGIN", wanted)


@pytest.mark.parametrize("cell", ["n/a", "-", "not measurable", "obscured", "?", ""])
def test_cells_that_tell_no_margin(cell: str) -> None:
    assert cells(f"Lesion | Site | Margin (mm)\n1 | left psoas | {cell}\n2 | left ilium | 9\n", "MARGIN") == [("MARGIN", "9")]


@pytest.mark.parametrize(
    ("table", "probes"),
    [
        ("Probe | Lesion | Minutes\n1 | L1 | 10\n2 | L1 | 10\n3 | L2 | 8\n", 3),
        ("Lesion | Probe | Minutes\n1 | 1 | 10\n1 | 2 | 10\n2 | 1 | 8\n", 3),
        ("Lesion | Probes | Minutes\n1 | 2 | 10\n2 | 1 | 8\n", 3),
        ("no. | lesion | probe type | minutes\n1-3 | T1 | rod | 10\n4 | T2 | rod | 8\n", 4),
        ("Freeze | Probe | Minutes\n1 | 1 | 10\n1 | 2 | 10\n2 | 1 | 8\n2 | 2 | 8\n", 2),
        ("Antenna | Target | Power\nA1 | 1 | 60 W\nA2 | 1 | 60 W\nA2 (repositioned) | 1 | 60 W\n", 2),
        ("Lesion | Site | Size mm | Probes\n1 | liver | 20 | 2 x rod + 1 x sphere\n2 | liver | 9 | one\nTotal | | | 4\n", 4),
        ("Probe | Lesion | Minutes\n1 | L1 | 10\n2 (not used) | L1 | 0\n", 1),
        (
            "Target, size, probes, margin\n1 psoas, 24 mm, 2 probes, 6 mm\n2 rectus, 12 mm, 1 probe, 8 mm\nFreeze 10, thaw 8, freeze 10.\n",
            3,
        ),
    ],
)
def test_probes_are_counted_by_row_or_by_cell(table: str, probes: int) -> None:
    assert sum(int(n) for _, n in cells(table, "PROBES")) == probes


def test_columns_of_lesions_name_the_lesion_of_each_cell() -> None:
    text = "Direction | L1 | L2\ncranial | 7 | 9\ncaudal | 5 | none\n"
    assert cells(text, "NAME", "MARGIN") == [("NAME", "1"), ("NAME", "2")] + [
        x for row in (("7", "9"), ("5", "0")) for n, value in zip("12", row, strict=True) for x in (("MARGIN", value), ("NAME", n))
    ]


def test_watts_and_minutes_are_no_measures() -> None:
    tables = read_tables("Electrode | exposure | pulses\n1 | 15 mm | 90\n2 | 15 mm | 90\n")
    assert {f.label for f in tables.found} == {"PROBES"}
    assert tables.cleared


@pytest.mark.parametrize(
    "text",
    ["Plan; scan, then home; no change.", "He came  on Monday,  with his wife.", "CT chest / abdomen / pelvis", "a | b | c\n1 | 2 | 3\n"],
)
def test_what_is_no_table(text: str) -> None:
    assert find_cells(text) == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Lesion 1: cranial 7 mm, caudal 9 mm, ventral and dorsal 8 mm.", ["7", "9", "8"]),
        ("Lesion 2: 5 mm towards the dome, 8 to 10 mm on the other sides.", ["5", "8"]),
        ("L2: 8 mm or more on every side.", ["8"]),
        ("Ventrally, under the skin, not more than 4 mm.", ["4"]),
        ("L3: 6 mm to the left and right, 5 mm cranially.", ["6", "5"]),
        ("cran 7, caud 9, med 6, lat flush, ant 8, post 10 mm", ["7", "9", "6", "0", "8", "10"]),
        ("A 8 / P 6 / L 5 / R 7 / S 9 / I 8", ["8", "6", "5", "7", "9", "8"]),
        ("Sup 0.8, inf 1.1, med 0.5 cm", ["8", "11", "5"]),
        ("Caudally about 3 mm of the nodule stick out of the ice.", []),
        ("Two nodules, anterior 7 mm and posterior 9 mm.", []),
        ("Lung nodules: left 6 mm, right 8 mm.", []),
        ("Bowel was displaced 15 mm medially and 10 mm inferiorly.", []),
    ],
)
def test_margins_by_direction(text: str, wanted: list[str]) -> None:
    assert [f.concept for f in find_measures(text) if f.label == "MARGIN"] == wanted


@pytest.mark.parametrize("row", ["a | b", "a ¦ b", "a\tb", "a / b", "a  b", "a; b", "a, b"])
def test_what_parts_cells_is_seen_in_the_note(row: str) -> None:
    assert any(splitter.search(row) for splitter in SPLITTERS)
    assert PARTED.search(row)
    assert any(sign in row for sign in SIGNS)
