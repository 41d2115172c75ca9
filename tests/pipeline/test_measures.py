"""Which length is a size, which a margin, and how many probes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.pipeline.grids import find_cells
from extractor.pipeline.measures import find_measures


def found(text: str, *labels: str) -> list[tuple[str, str]]:
    return [(f.label, f.concept) for f in find_measures(text) if f.label in labels]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("The mass measured 3.4 x 2.6 x 2.2 cm.", [("SIZE", "34")]),
        ("An 18 mm lytic lesion was targeted.", [("SIZE", "18")]),
        ("A two-centimetre nodule.", [("SIZE", "20")]),
        ("Ice extends at least 6 mm past the nodule circumferentially, 9 mm caudad.", [("MARGIN", "6"), ("MARGIN", "9")]),
        ("Smallest margin 5 mm (posterior), otherwise 7-12 mm.", [("MARGIN", "5"), ("MARGIN", "7")]),
        ("Ice reaches 12 mm beyond the mass laterally and 2 mm on the aortic side.", [("MARGIN", "12"), ("MARGIN", "2")]),
        ("Covering the lesion with no less than 6 mm in any direction.", [("MARGIN", "6")]),
        ("The deposit was 2,4 cm.", [("SIZE", "24")]),
        ("Probes were spaced 1.5 cm apart.", []),
        ("Whole nodule in ice, with 8 mm as its narrowest margin.", [("MARGIN", "8")]),
        ("The least we measured was 0.7 cm, toward the nerve, and 1.1 cm at the far pole.", [("MARGIN", "7"), ("MARGIN", "11")]),
        ("Least width of ground glass beyond nodule is 6 mm, at fissure side.", [("MARGIN", "6")]),
        ("Narrowest point, at the pleura, 6 mm.", [("MARGIN", "6")]),
        ("On the medial side we had 4 mm and stopped there because of the artery.", [("MARGIN", "4")]),
        ("More than 5 mm on the other sides.", [("MARGIN", "5")]),
        ("Ice 9 mm past the mass above and behind and 7 mm in front.", [("MARGIN", "9"), ("MARGIN", "7")]),
        ("Flush along the vein (0 mm); 9 mm or more on remaining sides of the zone.", [("MARGIN", "0"), ("MARGIN", "9")]),
        ("Ice around the tumour, 3 mm.", [("MARGIN", "3")]),
        ("Ground glass around the nodule, 31 mm in longest axis.", []),
        ("Zone surrounding the lesion measures 42 x 38 mm.", []),
        ("One multi-tined electrode, opened to 3 cm.", []),
        ("Its tip lay 4 mm past the nodule.", []),
        ("Tube put to -20 cm suction.", []),
        ("Mesenteric nodule, 18 mm, in front of the L3 vertebra.", [("SIZE", "18")]),
        ("The piece left at the posterior cord is 2.7 cm on today's scan.", [("SIZE", "27")]),
        ("A small pneumothorax, 6 mm deep.", []),
        ("Segment 5, posterior border of the previous ablation zone, 17 mm.", [("SIZE", "17")]),
        ("Right psoas recurrence, lower end of the 2019 treatment bed, 1.6 cm.", [("SIZE", "16")]),
        ("Zone past lesion (mm): 8 or more everywhere.", [("MARGIN", "8")]),
        ("Ice outside tumour border, mm: up 6, down 9.", [("MARGIN", "6"), ("MARGIN", "9")]),
    ],
)
def test_sizes_and_margins(text: str, wanted: list[tuple[str, str]]) -> None:
    assert found(text, "SIZE", "MARGIN") == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Two 17-gauge cryoprobes were advanced.", ["2"]),
        ("Probes: 3", ["3"]),
        ("Total number of cryoprobes for the session is five.", ["5"]),
        ("A 20-gauge needle was placed.", []),
        ("Segment 8 tumor, 2.0 cm: second antenna, 80 W.", ["1"]),
        ("Two probes. Second probe moved deeper.", ["2"]),
        ("Six IceForce cryoprobes and later 2 probes.", ["6", "2"]),
    ],
)
def test_probes(text: str, wanted: list[str]) -> None:
    assert [c for _, c in found(text, "PROBES")] == wanted


@pytest.mark.parametrize(("text", "age"), [("58-year-old woman", "58"), ("61F with LMS", "61"), ("aged 60", "60"), ("8F pigtail", None)])
def test_ages(text: str, age: str | None) -> None:
    assert [c for _, c in found(text, "AGE")] == ([age] if age else [])


def test_a_typed_table_gives_its_numbers_the_meaning_of_their_column() -> None:
    text = "| Lesion | Site | Size (cm) | Probes | Margin (mm) |\n|---|---|---|---|---|\n| 1 | Left psoas | 2.2 x 1.9 | 3 | 6 |\n"
    assert [(f.label, f.concept) for f in find_cells(text)] == [("NAME", "1"), ("SIZE", "22"), ("PROBES", "3"), ("MARGIN", "6")]


def test_lists_of_margins_take_the_unit_of_their_heading() -> None:
    assert found("Margins (mm): anterior 8, posterior 6, medial 4", "MARGIN") == [("MARGIN", "8"), ("MARGIN", "6"), ("MARGIN", "4")]


@given(st.text(alphabet="0123456789 .,xmc-/|\n()", max_size=200))
def test_never_raises_and_offsets_slice(text: str) -> None:
    for f in [*find_measures(text), *find_cells(text)]:
        assert 0 <= f.start < f.end <= len(text)


@pytest.mark.parametrize("text", ["1," * 900 + "x and 12 mm", "another " * 240 + "12 mm", "- " * 900 + "12 mm", "(" * 1900 + "12 mm"])
def test_text_that_can_be_taken_apart_in_many_ways_is_read_all_the_same(text: str) -> None:
    assert [f.concept for f in find_measures(text) if f.label in ("LENGTH", "SIZE")] == ["12"]
