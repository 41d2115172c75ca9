"""The bank of passages: what a style holds, which slots each block may use, and what is wrong with a bank.

A bank is a folder with `shared.json` (lesions, histologies, places of other disease, surnames) and one `style-<name>.json` a house style.
Labels on passages are the truth of what the passage says; nothing here looks at what a rule would read.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from extractor.schema import HISTOLOGIES, SEVERITIES, SITES, TERMS

SLOT = re.compile(r"\{([A-Za-z_]+)(?:\|(space|newline|bullets|numbers))?\}")
EACH = re.compile(r"\{#lesions\}(.*?)\{/lesions\}", re.DOTALL)
REGIONS = ("chest", "abdomen", "limb")
NOTE_TYPES = ("radiology", "procedure", "clinic", "discharge", "pathology", "nursing", "telephone", "other")
MODALITIES = ("ct", "mri", "pet_ct")
LOCAL = ("no_progression", "progression", "residual", "indeterminate")

PERSON = frozenset({"age", "man", "he", "him", "his", "mr", "surname"})
DATES = frozenset(
    {
        "birth_date",
        "note_date",
        "session_date",
        "exam_date",
        "previous_exam_date",
        "onset_date",
        "death_date",
        "collected_date",
    }
)
ONE = frozenset({"lesion", "short", "zone", "a_lesion", "size", "a_size", "n"})
ALL = frozenset({"lesions", "both", "count"})
NUMBER = frozenset({"probes", "probes_word", "probe_s", "was_probes"})
SETUP = frozenset({"total_probes", "guidance", "anesthesia"})
EXAM = frozenset({"exam", "exam_title", "interval"})
GROWTH = frozenset({"now", "before", "zone_now", "zone_before"})
ELSEWHERE = frozenset({"elsewhere", "elsewhere_size"})
ORIGIN = frozenset({"histology", "histology_grade", "year"})
SESSION = PERSON | {"birth_date", "note_date", "session_date"}
READING = (
    PERSON
    | {"note_date", "session_date", "exam_date", "previous_exam_date", "zone", "lesion", "short", "a_lesion", "n"}
    | ALL
    | EXAM
    | GROWTH
)

SLOTS: Mapping[str, frozenset[str]] = {
    "history": PERSON | {"birth_date", "note_date"} | ORIGIN,
    "workup": PERSON | {"exam", "note_date", "lesion", "short", "a_lesion", "size", "a_size"},
    "plan": PERSON | {"note_date", "guidance", "anesthesia"} | ALL,
    "consent": PERSON | {"note_date"},
    "indication": SESSION | ONE | ALL | ORIGIN,
    "technique": SESSION | SETUP | ALL,
    "target": SESSION | ONE | NUMBER | {"guidance"},
    "coverage": SESSION | ONE | ALL | {"margin", "guidance"},
    "complications_none": SESSION | ALL,
    "complication": SESSION | ALL | {"onset_date", "lesion", "short", "interval"},
    "course": SESSION | ALL,
    "findings": READING,
    "impression": READING,
    "clinic_status": READING,
    "distant": PERSON | {"note_date", "exam_date", "previous_exam_date", "exam", "exam_title"} | ELSEWHERE,
    "comparison": PERSON | {"exam_date", "previous_exam_date", "exam", "exam_title"},
    "session_history": SESSION | ALL | {"guidance"},
    "specimen": PERSON | {"note_date", "collected_date", "lesion", "short", "zone", "a_lesion", "size", "a_size"} | ORIGIN,
    "death": PERSON | {"note_date", "death_date", "histology", "birth_date"},
    "noise": PERSON | {"note_date"},
}
# Blocks that a frame may hold; `complications` takes complications_none or a complication, `recall` the complication's own sentence.
BLOCKS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "consult": (("history", "plan"), ("workup", "consent", "noise")),
    "procedure": (("indication", "target", "coverage", "complications"), ("noise", "consent", "technique")),
    "discharge": (("course", "complications"), ("noise",)),
    "imaging": (("impression",), ("findings", "distant", "comparison", "session_history", "noise")),
    "clinic": (("session_history", "clinic_status"), ("recall", "noise")),
    "complication": (("complication",), ("session_history", "noise")),
    "pathology": (("specimen",), ("noise",)),
    "death": (("death",), ("session_history", "noise")),
}
COMMON = PERSON | {"birth_date", "note_date"}
FRAME_SLOTS: Mapping[str, frozenset[str]] = {
    "consult": COMMON | {"histology", "count", "lesions"},
    "procedure": COMMON | SETUP | ALL | {"session_date"} | ONE | NUMBER | {"histology"},
    "discharge": COMMON | SETUP | ALL | {"session_date", "histology"},
    "imaging": COMMON | EXAM | {"exam_date", "previous_exam_date", "session_date", "histology"} | ONE - {"size", "a_size"},
    "clinic": COMMON | EXAM | {"exam_date", "session_date", "histology"},
    "complication": COMMON | ALL | {"session_date", "onset_date", "interval", "histology"},
    "pathology": COMMON | {"collected_date", "lesion", "short", "a_lesion"},
    "death": COMMON | {"death_date", "histology"},
}
LABELS: Mapping[str, Mapping[str, tuple[Any, ...]]] = {
    "history": {
        "setting": ("recurrent", "metastatic", "both"),
        "surgery": (True, False, None),
        "radiation": (True, False, None),
        "systemic": (True, False, None),
    },
    "indication": {"kind": ("first", "retreatment"), "about": ("one", "all")},
    "target": {"about": ("one",)},
    "coverage": {"coverage": ("adequate", "inadequate", "unstated"), "covered": (True, False, None), "about": ("one", "all")},
    "complication": {"term": TERMS, "severity": SEVERITIES, "where": ("procedure", "discharge", "later")},
    "findings": {"status": LOCAL, "about": ("one", "all"), "when": ("first", "later", "any"), "alone": (True, False)},
    "impression": {"status": LOCAL, "about": ("one", "all"), "when": ("first", "later", "any")},
    "clinic_status": {"status": LOCAL, "about": ("one", "all"), "when": ("first", "later", "any")},
    "distant": {"status": ("no_progression", "progression", "indeterminate", "none")},
    "comparison": {"previous": (True, False)},
    "specimen": {"kind": ("initial", "zone_positive", "zone_negative")},
}
LEAST: Mapping[str, int] = {
    "history": 14,
    "workup": 8,
    "plan": 8,
    "consent": 6,
    "technique": 5,
    "target": 12,
    "complications_none": 14,
    "complication": 28,
    "course": 8,
    "session_history": 8,
    "death": 8,
    "noise": 40,
}
LEAST_OF: Mapping[str, tuple[str, Mapping[Any, int]]] = {
    "indication": ("kind", {"first": 8, "retreatment": 5}),
    "coverage": ("coverage", {"adequate": 24, "inadequate": 24, "unstated": 6}),
    "findings": ("status", {"no_progression": 18, "progression": 14, "residual": 6, "indeterminate": 5}),
    "impression": ("status", {"no_progression": 24, "progression": 20, "residual": 10, "indeterminate": 8}),
    "clinic_status": ("status", {"no_progression": 14, "progression": 10, "residual": 5, "indeterminate": 4}),
    "distant": ("status", {"no_progression": 8, "progression": 8, "indeterminate": 4, "none": 6}),
    "comparison": ("previous", {True: 4, False: 2}),
    "specimen": ("kind", {"initial": 4, "zone_positive": 5, "zone_negative": 2}),
}
FRAMES_LEAST = {"consult": 6, "procedure": 8, "discharge": 5, "imaging": 8, "clinic": 7, "complication": 5, "pathology": 4, "death": 4}


@dataclass(frozen=True)
class Names:
    """One way of naming a lesion: noun phrases without article, and the treated site as later imaging names it."""

    full: str
    short: str
    zone: str


@dataclass(frozen=True)
class Place:
    """A lesion that a patient can have; `size_mm` is the range its size is drawn from."""

    id: str
    place: str
    site: str
    laterality: str | None
    region: str
    size_mm: tuple[int, int]
    names: tuple[Names, ...]


@dataclass(frozen=True)
class Passage:
    """Words with slots; `labels` say what they mean by the labeling guide."""

    id: str
    block: str
    text: str
    labels: Mapping[str, Any]

    @cached_property
    def slots(self) -> frozenset[str]:
        """Slots without capital and `_head`."""
        return frozenset(base(name) for name, _ in SLOT.findall(self.text))

    @property
    def names_lesion(self) -> bool:
        """Whether it says which lesion it is about."""
        return bool(self.slots & {"lesion", "short", "zone", "a_lesion", "n"})


@dataclass(frozen=True)
class Frame:
    """A whole note with holes."""

    id: str
    kind: str
    note_type: str
    text: str

    @cached_property
    def slots(self) -> frozenset[str]:
        """Slots and blocks, without capital and `_head`."""
        return frozenset(base(name) for name, _ in SLOT.findall(self.text))


@dataclass(frozen=True)
class Style:
    """One house's way of writing."""

    name: str
    settings: Mapping[str, Any]
    frames: Mapping[str, tuple[Frame, ...]]
    passages: Mapping[str, tuple[Passage, ...]]


@dataclass(frozen=True)
class Bank:
    """All that charts are written from."""

    places: tuple[Place, ...]
    histologies: Mapping[str, tuple[str, ...]]
    elsewhere: tuple[Mapping[str, str], ...]
    surnames: tuple[str, ...]
    styles: tuple[Style, ...]


def base(slot: str) -> str:
    """A slot's name without what only changes its form."""
    return slot[0].lower() + slot[1:].removesuffix("_head")


def files(folder: Path) -> list[Path]:
    """The files of a bank, sorted by name."""
    return sorted(folder.glob("*.json"))


def fingerprint(folder: Path) -> str:
    """SHA-256 over names and bytes of the bank's files, which freezes it."""
    digest = hashlib.sha256()
    for path in files(folder):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def load(folder: Path) -> Bank:
    """The bank in `folder`."""
    shared = json.loads((folder / "shared.json").read_text("utf-8"))
    return Bank(
        places=tuple(_place(entry) for entry in shared["lesions"]),
        histologies={entry["value"]: tuple(entry["names"]) for entry in shared["histologies"]},
        elsewhere=tuple(shared["elsewhere"]),
        surnames=tuple(shared["surnames"]),
        styles=tuple(_style(json.loads(path.read_text("utf-8"))) for path in sorted(folder.glob("style-*.json"))),
    )


def _place(entry: Mapping[str, Any]) -> Place:
    names = tuple(Names(**{key: each[key] for key in ("full", "short", "zone")}) for each in entry["names"])
    low, high = entry["size_mm"]
    return Place(entry["id"], entry["place"], entry["site"], entry["laterality"], entry["region"], (low, high), names)


def _style(told: Mapping[str, Any]) -> Style:
    frames = {kind: tuple(Frame(f["id"], kind, f["note_type"], f["text"]) for f in found) for kind, found in told["frames"].items()}
    passages = {block: tuple(_passage(block, entry) for entry in found) for block, found in told["passages"].items()}
    settings = {key: value for key, value in told.items() if key not in ("frames", "passages")}
    return Style(told["style"], settings, frames, passages)


def _passage(block: str, entry: Mapping[str, Any]) -> Passage:
    return Passage(entry["id"], block, entry["text"], {key: value for key, value in entry.items() if key not in ("id", "text")})


def problems(folder: Path, counts: bool = True) -> Iterator[str]:
    """What is wrong with the bank, one line each; `counts` also tells what is too few."""
    try:
        bank = load(folder)
    except (KeyError, TypeError, ValueError, FileNotFoundError) as error:
        yield f"cannot be loaded: {type(error).__name__} {error}"
        return
    yield from _shared_problems(bank, counts)
    ids: dict[str, str] = {}
    for style in bank.styles:
        yield from _style_problems(style, counts)
        for each in _texts(style):
            if each.id in ids:
                yield f"{style.name}: id {each.id} is used twice (also in {ids[each.id]})"
            ids[each.id] = style.name
    if counts and len(bank.styles) < 4:
        yield f"only {len(bank.styles)} styles, at least 4"


def _texts(style: Style) -> Iterator[Frame | Passage]:
    for frames in style.frames.values():
        yield from frames
    for passages in style.passages.values():
        yield from passages


def _shared_problems(bank: Bank, counts: bool) -> Iterator[str]:
    for place in bank.places:
        if place.site not in SITES:
            yield f"shared {place.id}: site {place.site!r}"
        if place.laterality not in (None, "left", "right", "midline", "bilateral"):
            yield f"shared {place.id}: laterality {place.laterality!r}"
        if place.region not in REGIONS:
            yield f"shared {place.id}: region {place.region!r}"
        if counts and len(place.names) < 3:
            yield f"shared {place.id}: {len(place.names)} name sets, at least 3"
    for value in bank.histologies:
        if value not in HISTOLOGIES:
            yield f"shared: histology {value!r}"
    for entry in bank.elsewhere:
        if entry["site"] not in SITES or "phrase" not in entry or "region" not in entry:
            yield f"shared elsewhere {entry.get('id')}: site, region and phrase"
    places = [place.place for place in bank.places]
    yield from (f"shared: place {name!r} twice" for name in sorted({name for name in places if places.count(name) > 1}))
    if counts:
        for name, found, least in (
            ("places", len(bank.places), 60),
            ("histologies", len(bank.histologies), 14),
            ("elsewhere", len(bank.elsewhere), 25),
            ("surnames", len(bank.surnames), 60),
        ):
            if found < least:
                yield f"shared: {found} {name}, at least {least}"


def _style_problems(style: Style, counts: bool) -> Iterator[str]:
    name = style.name
    for key in ("date_formats", "size_formats", "margin_formats", "titles", "guidance", "anesthesia", "exam", "exam_titles"):
        if key not in style.settings:
            yield f"{name}: {key} is missing"
    for kind in BLOCKS:
        frames = style.frames.get(kind, ())
        if counts and len(frames) < FRAMES_LEAST[kind]:
            yield f"{name}: {len(frames)} frames {kind}, at least {FRAMES_LEAST[kind]}"
        for frame in frames:
            yield from (f"{name} {frame.id}: {problem}" for problem in _frame_problems(frame))
    yield from (f"{name}: frames {kind!r} are none of the format" for kind in style.frames if kind not in BLOCKS)
    for block in style.passages:
        if block not in SLOTS:
            yield f"{name}: block {block!r} is none of the format"
            continue
        for passage in style.passages[block]:
            yield from (f"{name} {passage.id}: {problem}" for problem in _passage_problems(passage))
    if counts:
        yield from _few(style)


def _frame_problems(frame: Frame) -> Iterator[str]:
    must, may = BLOCKS[frame.kind]
    if frame.note_type not in NOTE_TYPES:
        yield f"note_type {frame.note_type!r}"
    yield from (f"block {{{block}}} is missing" for block in must if block not in frame.slots)
    allowed = FRAME_SLOTS[frame.kind] | set(must) | set(may)
    yield from (f"slot {{{slot}}} is not for a frame {frame.kind}" for slot in sorted(frame.slots - allowed))
    outside = EACH.sub("", frame.text)
    if frame.kind in ("procedure", "imaging"):
        loose = {base(slot) for slot, _ in SLOT.findall(outside)} & (ONE | NUMBER)
        yield from (f"slot {{{slot}}} only within {{#lesions}}" for slot in sorted(loose))
    yield from _brace_problems(frame.text.replace("{#lesions}", "").replace("{/lesions}", ""))


def _brace_problems(text: str) -> Iterator[str]:
    if re.search(r"[{}]", SLOT.sub("", text)):
        yield "a brace that is no slot"


def _passage_problems(passage: Passage) -> Iterator[str]:
    yield from _brace_problems(passage.text)
    if passage.text != passage.text.strip() or not passage.text:
        yield "spaces at its ends, or empty"
    yield from (f"slot {{{slot}}} is not for {passage.block}" for slot in sorted(passage.slots - SLOTS[passage.block]))
    for key, values in LABELS.get(passage.block, {}).items():
        if key not in passage.labels:
            yield f"{key} is missing"
        elif not any(passage.labels[key] is value or passage.labels[key] == value for value in values):
            yield f"{key} {passage.labels[key]!r}"
    about = passage.labels.get("about")
    if about == "all" and passage.slots & (ONE - {"n"}):
        yield "about all, but a slot of one lesion"
    if about == "one" and passage.slots & ALL:
        yield "about one, but a slot of all lesions"
    yield from _special_problems(passage)


def _special_problems(passage: Passage) -> Iterator[str]:
    labels = passage.labels
    if passage.block == "history":
        if "histology" not in passage.slots:
            yield "{histology} is missing"
        if not any(labels.get(key) is True for key in ("surgery", "radiation", "systemic")):
            yield "one of surgery, radiation, systemic must be true"
    elif passage.block == "coverage":
        yield from _coverage_problems(passage)
    elif passage.block == "complication":
        sites = labels.get("sites")
        if sites != "any" and not (isinstance(sites, list) and all(site in SITES for site in sites)):
            yield f"sites {sites!r}"
        days = labels.get("days")
        if not (isinstance(days, list) and len(days) == 2 and days[0] <= days[1]):
            yield f"days {days!r}"
        if not isinstance(labels.get("recall"), str):
            yield "recall is missing"
        else:
            extra = {base(slot) for slot, _ in SLOT.findall(labels["recall"])} - PERSON - {"session_date"}
            yield from (f"recall: slot {{{slot}}}" for slot in sorted(extra))
    elif passage.block in ("findings", "impression", "clinic_status"):
        kinds = labels.get("modalities")
        if kinds != "any" and not (isinstance(kinds, list) and kinds and all(kind in MODALITIES for kind in kinds)):
            yield f"modalities {kinds!r}"
    elif passage.block == "noise" and not set(labels.get("in", ())) <= set(BLOCKS):
        yield f"in {labels.get('in')!r}"
    elif passage.block == "comparison" and labels.get("previous") is True and "previous_exam_date" not in passage.slots:
        yield "previous is true, {previous_exam_date} is missing"


def _coverage_problems(passage: Passage) -> Iterator[str]:
    margin, coverage = passage.labels.get("margin"), passage.labels.get("coverage")
    if margin not in ("slot", "zero", "none") and not isinstance(margin, (int, float)):
        yield f"margin {margin!r}"
    if (margin == "slot") != ("margin" in passage.slots):
        yield "margin slot and {margin} go together"
    if coverage == "adequate" and (margin == "zero" or passage.labels.get("covered") is False):
        yield "adequate, but margin zero or not covered"
    if coverage == "unstated" and (margin != "none" or passage.labels.get("covered") is not None):
        yield "unstated, but a margin or covered"


def _few(style: Style) -> Iterator[str]:
    for block, least in LEAST.items():
        found = len(style.passages.get(block, ()))
        if found < least:
            yield f"{style.name}: {found} passages {block}, at least {least}"
    for block, (key, values) in LEAST_OF.items():
        for value, least in values.items():
            found = sum(passage.labels.get(key) == value for passage in style.passages.get(block, ()))
            if found < least:
                yield f"{style.name}: {found} passages {block} with {key} {value}, at least {least}"
