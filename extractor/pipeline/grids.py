"""Tables typed into a note: rows of lesions, of probes, or of directions under a header. Works on a note.

    LESION | SITE      | SIZE (mm) | PROBES | ICE BALL | LEAST MARGIN
    1      | RLL       | 11 x 9    | 2      | 27 x 22  | 7

A cell's meaning stands in its column's header (or, where the columns are the lesions, in its row's first cell), out of reach of
anything that reads a sentence at a time. Every row names its lesion by a NAME mention before its measures, so that what follows in
the row goes to that lesion; rows of a table of probes are counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from extractor.patterns import re
from extractor.pipeline.found import Found

LEVEL = "note"
DEVICE = r"(?:(?:cryo|ice)[- ]?)?(?:probes?|needles?|applicators?|antenn(?:a[es]?)|electrodes?|rods?)"
DIRECTIONS = (
    r"(?:crani(?:al|ad)|caud(?:al|ad)|cephal(?:ad|ic)?|medial|lateral|ventral|dorsal|anterior|posterior|superior|inferior|superficial|deep|proximal|distal|left|right"
    r"|ant|post|sup|inf|med|lat|cran|caud|vent|dors|prox|dist|a|p|s|i|m|l|d|v|top|bottom|above|below|front|back|inner|outer|upper|lower|head|foot|skin|pleura)"
)
DIRECTION = re.compile(
    rf"^\W*(?:{DIRECTIONS}(?:ly|ally|wards?)?|(?:toward|to) the [\w ]+)(?:[ -](?:side|edge|aspect|pole|border|margin))?\W*(?:\(?(?:mm|cm)\)?)?\W*$",
    re.IGNORECASE,
)
COLUMNS = (
    ("IGNORED", re.compile(r"plan(?:ned|s)?\b(?!ning)|intend|goal|aim|prescri|distance to|spacing|depth|exposure|\bprior\b|last (?:exam|time|ct|mri)|previous|before (?:tx|treat)|baseline change|change|temp", re.IGNORECASE)),
    ("DEVICE", re.compile(rf"^\W*(?:{DEVICE}|activation)\W*(?:#|nos?\b\.?|nr\b\.?|number|id)\W*$|^\W*(?:no\.?|#|nr\.?|number) ?\(?(?:cryo-?)?(?:probe|needle|applicator|antenna|electrode)\W*$|^\W*(?:cryo-?|ice-?)?(?:probe|needle|applicator|antenna|electrode)\W*$", re.IGNORECASE)),
    ("TYPE", re.compile(rf"\b(?:types?|model|brand|gauge|length|tip|kind|instrument|position|where placed|make)\b(?=.*(?:{DEVICE})|\W*$)|{DEVICE}[^|]*\b(?:type|model|brand|gauge|length|tip|kind|position|size)", re.IGNORECASE)),
    ("PROBES", re.compile(rf"\b{DEVICE}\b", re.IGNORECASE)),
    ("SIZE", re.compile(r"\bpre[- ]?(?:abl|treat|tx|proc|op)\w*|\b(?:tumou?r|lesion|target|nodule) (?:size|diam|dim)", re.IGNORECASE)),
    ("MARGIN", re.compile(r"margin|\bMAM\b|clearance|\bbeyond\b|\b(?:ice|zone)[- ]?(?:ball)? (?:vs\.?|versus|against|over|relative to|past|to|and) (?:the )?(?:tumou?r|target|lesion|edge)|\bmin\.? ?(?:ice )?(?:cover|dist)|\brim\b|\bmarg\b|overlap|narrowest|thinnest|smallest", re.IGNORECASE)),
    ("ZONE_SIZE", re.compile(r"ice[- ]?ball|\bice\b|zone|ablation (?:size|dim|area|diam)|necrosis|post[- ]?abl", re.IGNORECASE)),
    ("OTHER", re.compile(r"\b(?:power|watts?|energy|minutes?|min|time|duration|cycles?|freez\w*|thaw\w*|pulses?|dose|minimum temp\w*|kj|sessions?|cool\w*|secs?|seconds|volt\w*|amp\w*|series|image)\b", re.IGNORECASE)),
    ("SIZE", re.compile(r"\b(?:sizes?|dim(?:ension)?s?|diam(?:eter)?s?|measure\w*|max|extent|mm|cm|ap|cc|longest|largest|now|today|current)\b|[Øø]", re.IGNORECASE)),
    ("NAME", re.compile(r"^\W*(?:#|nos?\.?|nr\.?|num(?:ber)?|id|les(?:ion)?s?|targets?|tgt|tumou?rs?|nodules?|mass|metastas[ei]s|mets?|site|label|tag)\W*(?:#|nos?\.?|nr\.?|number|id|name|label)?\W*$", re.IGNORECASE)),
    ("SITE", re.compile(r"site|location|organ|\bside\b|lobe|segm|description|position|region|where|place|anatom|bone|level|lesion|target|tumou?r", re.IGNORECASE)),
)  # fmt: skip
"""What a header's words say of their column; the first that fits. Planned and earlier figures, watts and minutes are no measures."""
MEASURED = ("SIZE", "MARGIN", "ZONE_SIZE", "PROBES")
SPLITTERS = (
    re.compile(r"\s*[|¦]\s*"),
    re.compile(r"\s*\t\s*"),
    re.compile(r"\s+/\s+"),
    re.compile(r"(?<![.:;!?]) {2,}"),
    re.compile(r"\s*;\s*"),
    re.compile(r"\s*,\s*"),
)
BLANKS, COMMAS = SPLITTERS[3], SPLITTERS[5]
RULE = re.compile(r"^[\s|+:=_*-]*$")
NUMBER = re.compile(r"\d{1,3}(?:[.,]\d{1,2})?|(?<!\d)[.,]\d{1,2}")
NAME_WORD = r"(?:lesion|target|tumou?r|nodule|site|metastasis|met|mass|deposit)"
NAME = re.compile(
    rf"^\W*(?P<word>{NAME_WORD}\W*)?(?:(?:no|nr)\b\.?\W*|number |#)?(?P<letter>(?-i:[LTM]))?[ .]?(?P<n>[1-9]\d?|(?-i:[A-H])|(?-i:I{{1,3}}|IV|V))(?![\w.,]*\w|[.,]?\d| ?(?:mm|cm|x |×))",
    re.IGNORECASE,
)
EXPLICIT = re.compile(rf"\b(?:{NAME_WORD}) (?:no\.? ?|#)?(?P<n>[1-9])\b", re.IGNORECASE)
"""A cell that tells two numberings ("T1 (lesion 1)") means the one spelled out."""
NON_TARGET = re.compile(r"^\W*(?:NT|N\.?T\.?|non-?target)", re.IGNORECASE)
ROMAN = {"I": 1, "II": 2, "III": 3, "IV": 4, "V": 5, "VI": 6, "VII": 7, "VIII": 8}
SEGMENT = re.compile(r"^\W*(?:S(?:eg\.?)?\s?)?(?P<n>I{1,3}|IV|VI{0,3}|[1-8])[abAB]?(?=\W|$)")
NOTHING = re.compile(r"^\W*(?:n\.?/?a\.?|n\.?[dm]\.?|not (?:measur|assess|applic|avail|eval|seen|done|possible)\w*.*|unknown|unclear|obscured.*|\?+|open|see (?:text|below)|)\W*$", re.IGNORECASE)  # fmt: skip
ZERO = re.compile(
    r"^\W*(?:none\b|nil\b|no (?:ice |safety )?margin|zero\b|flush\b|touching|at (?:the )?edge|abut\w*|contact|up to (?:the )?edge)\D*$",
    re.IGNORECASE,
)
SHORT = re.compile(r"^\s*[-−–]\s?[1-9]\d?\s*(?:mm)?\s*$|\b(?:short|uncovered|outside|residual|incomplete)\b", re.IGNORECASE)
EARLIER = re.compile(r"\(?\b(?:was|prev\w*|prior|before|formerly|last exam|at the last)\b|\([A-Z][a-z]+\.?:?|\bvs\.?\b", re.IGNORECASE)
OF_EARLIER = re.compile(
    r"\b(?:at|on|in|of)? ?(?:the )?(?:last|prior|previous) (?:exam|ct|mri|scan|study|time)|^\W*(?:was|last|before|prior)\b", re.IGNORECASE
)
UNUSED = re.compile(r"\b(?:not (?:used|inserted|placed|needed|opened|activated|done)|unused|discarded|cancel\w+|re-?position\w*|pull(?:ed)?[ -]?back|same (?:probe|antenna|needle|electrode)|second position|overlapping|omitted|defect\w*|fail\w*|exchanged|tested|guid(?:e|ing)|biopsy|thermo\w*|control)\b", re.IGNORECASE)  # fmt: skip
TOTAL = re.compile(r"^\W*(?:total|sum|all|overall|together|mean|average)\b", re.IGNORECASE)
PLANNED = re.compile(r"\b(?:plan(?:ned)?|intended|proposed|treatment plan|goals?)\b(?! (?:ct|scan|mr|us|ing))", re.IGNORECASE)
DONE_SO = re.compile(r"\((?:as )?(?:intended|planned)\)", re.IGNORECASE)
"""What the sentence above a table calls done on purpose: "saline moved the bowel off (intended)"."""
ENERGIES = (
    ("microwave", re.compile(r"antenn", re.IGNORECASE)),
    ("cryoablation", re.compile(r"cryo|ice", re.IGNORECASE)),
)
IDS = re.compile(r"[A-Za-z]{0,3}\.?\s?#?(?P<a>\d{1,2})(?:\s*(?:-|–|to)\s*[A-Za-z]{0,3}(?P<b>\d{1,2}))?")
COUNTED = re.compile(r"(?<![\d.,])(?P<n>\d{1,2})(?![\d.,])\s*(?:x|×|\*)?\s*(?=[A-Za-z])|[x×]\s?(?P<m>\d)\b", re.IGNORECASE)
WORDS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "single": 1, "seven": 7, "eight": 8}
MOST_ROWS = 40
MOST_PROBES = 25
REMEMBERED = 10_000
"""Cells whose words are not looked at twice."""

Cells = list[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Column:
    """What a column means; ``scale`` is 10 for centimetres, 0 where the header tells no unit."""

    label: str
    scale: float
    start: int
    words: str


@dataclass(frozen=True, slots=True)
class Grid:
    """A header and the rows under it; ``title`` is the line above the header."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[int, Cells], ...]
    title: str = ""
    start: int = 0

    def has(self, *labels: str) -> bool:
        """True if a column has one of the labels."""
        return any(c.label in labels for c in self.columns)


@dataclass(frozen=True, slots=True)
class Tables:
    """What the tables of a note tell: the mentions of their cells, the stretches whose words their header overrules, and their rows."""

    found: tuple[Found, ...] = ()
    cleared: tuple[tuple[int, int], ...] = ()


NONE = Tables()


def find_cells(text: str) -> list[Found]:
    """Mentions in the cells of typed tables, in order."""
    return list(read_tables(text).found)


def read_tables(text: str) -> Tables:
    """The typed tables of a note."""
    if not any(sign in text for sign in SIGNS):
        return NONE
    lines = [(m.start(), m.end()) for m in re.finditer(r"[^\r\n]+", text)]
    found: list[Found] = []
    cleared: list[tuple[int, int]] = []
    number = 0
    while number < len(lines):
        if not PARTED.search(text, *lines[number]):  # most lines: no row of a table
            number += 1
            continue
        grid, used = _grid(text, lines, number)
        if grid:
            told, hidden = _read(grid)
            found += told
            cleared += hidden
        else:
            start, end = lines[number]
            told, hidden = _loose_row(text[start:end], start)
            found += told
            cleared += hidden
        number += max(used, 1)
    return Tables(tuple(sorted(set(_probes_once(found)))), tuple(cleared))


def _probes_once(found: Sequence[Found]) -> list[Found]:
    """A table of probes, one a row, is the finer telling of what a column of counts tells."""
    rows = any(f.rule_id.startswith("grids#probes_row") for f in found)
    return [f for f in found if not (rows and f.rule_id == "grids#probes")]


# ---- where a table is ---------------------------------------------------------------------------------------------------


PARTED = re.compile(r"[|¦\t;,]|\s/\s|  ")
"""What parts the cells of a header: stands wherever one of ``SPLITTERS`` cuts."""
SIGNS = ("|", "¦", "\t", ";", ",", "/", "  ")
"""One of them stands wherever cells are parted."""


def _grid(text: str, lines: Sequence[tuple[int, int]], number: int) -> tuple[Grid | None, int]:
    """The table whose header is a line, and how many lines it takes."""
    start, end = lines[number]
    line = text[start:end]
    if len(line) > 240:
        return None, 1
    title = text[slice(*lines[number - 1])] if number else ""
    for splitter in SPLITTERS:
        head = list(_cells(line, splitter))
        if splitter is BLANKS and line.startswith("    ") and head[0][0] >= 4:
            head.insert(0, (0, ""))  # a corner left blank above the rows' names
        if len(head) < 2 or any(len(words) > 60 for _, words in head):
            continue
        columns = tuple(_columns(head, title))
        if not _is_header(columns, splitter):
            continue
        rows, used = _rows(text, lines[number + 1 : number + 1 + MOST_ROWS], splitter, columns)
        if rows and any(NUMBER.search(w) or ZERO.match(w) for _, cells in rows for _, w in cells[1:]):
            return Grid(columns, tuple(rows), title if len(title) < 160 else "", start), used + 1
    return None, 1


def _columns(head: Cells, title: str) -> Iterator[Column]:
    of_margins = bool(re.search(r"margin|clearance|ice beyond|\brim\b", title, re.IGNORECASE))
    directions = sum(1 for _, words in head if DIRECTION.match(words))
    for at, words in head:
        label = _label(words) if words.strip() else "SITE" if at == 0 else ""
        if DIRECTION.match(words) and (directions >= 3 or (of_margins and directions >= 1)):
            label = "MARGIN"
        elif _lesion(words):
            label = "LESION"
        yield Column(label, _scale(words) or _scale(title if label in ("MARGIN", "LESION", "SIZE") else ""), at, words)


@lru_cache(REMEMBERED)
def _label(words: str) -> str:
    words = words.replace("_", " ")
    return next((label for label, pattern in COLUMNS if pattern.search(words)), "")


@lru_cache(REMEMBERED)
def _scale(words: str) -> float:
    words = words.replace("_", " ")
    return 10.0 if re.search(r"\bcm\b", words, re.IGNORECASE) else 1.0 if re.search(r"\bmm\b", words, re.IGNORECASE) else 0.0


def _is_header(columns: Sequence[Column], splitter: re.Pattern[str]) -> bool:
    """True if a line's cells are a header: lesions and what is told of each, a table of probes, or lesions side by side."""
    labels = [c.label for c in columns]
    if any(
        NUMBER.search(re.sub(r"#1|\bA[0-2]\b|\b\d(?:st|nd|rd|th)\b|\(?\d+ ?(?:mm|°?C)\)?", "", c.words))
        for c in columns
        if c.label != "LESION"
    ):
        return False
    if any(re.search(r"[a-z]: ?\S", c.words) for c in columns):
        return False
    told = [x for x in labels if x]
    if splitter is COMMAS and (len(columns) < 4 or len(told) < len(columns) or any(len(c.words) > 24 for c in columns)):
        return False
    plain = splitter is SPLITTERS[0] or splitter is SPLITTERS[1]
    if labels.count("LESION") >= (1 if plain else 2) and labels[0] != "LESION" and all(x == "LESION" for x in labels[1:]):
        return True
    if "LESION" in labels:
        return False
    measured = set(MEASURED) & set(labels)
    if "DEVICE" in labels and len(columns) >= (2 if "NAME" in labels else 3) and len(told) >= 2:
        return True
    if (
        "TYPE" in labels
        and "NAME" in labels
        and len(columns) >= 3
        and any(
            "probe" in c.words.lower() or "needle" in c.words.lower() or "antenna" in c.words.lower() or "electrode" in c.words.lower()
            for c in columns
        )
    ):
        return True
    if (
        plain
        and len(columns) == 2
        and measured
        and (labels[0] in ("NAME", "SITE") or re.search(r"direction|aspect|side|edge", columns[0].words, re.IGNORECASE))
    ):
        return True
    if plain and len(columns) >= 3 and measured and {"NAME", "SITE"} & set(labels):
        return True
    if plain and len(columns) >= 3 and set(labels) == {"MARGIN"}:  # one lesion's sides alone
        return True
    return len(columns) >= 3 and bool(measured) and (len(set(told)) >= 3 or (len(told) >= 3 and {"NAME", "SITE"} & set(labels) != set()))


def _rows(
    text: str, lines: Sequence[tuple[int, int]], splitter: re.Pattern[str], columns: Sequence[Column]
) -> tuple[list[tuple[int, Cells]], int]:
    rows: list[tuple[int, Cells]] = []
    used = 0
    for start, end in lines:
        line = text[start:end]
        if RULE.match(line):
            used += 1
            continue
        cells = list(_cells(line, splitter))
        if (
            len(cells) < min(2, len(columns))
            or (len(cells) < len(columns) - 1 and splitter is not BLANKS and splitter is not SPLITTERS[0])
            or len(cells) > len(columns) + 1
            or (splitter is COMMAS and len(cells) != len(columns))
        ):
            break
        if (
            splitter is not SPLITTERS[0]
            and splitter is not SPLITTERS[1]
            and (len(line) > 200 or not any(NUMBER.search(w) for _, w in cells))
        ):
            break
        if rows and _is_header(tuple(_columns(cells, "")), splitter):
            break
        if splitter is BLANKS and len(cells) != len(columns):
            cells = _aligned(cells, columns)
        rows.append((start, cells))
        used += 1
    return rows, used


def _aligned(cells: Cells, columns: Sequence[Column]) -> Cells:
    """Cells of a row aligned by blanks, each under the header it starts nearest to; what stands under none is empty."""
    out: Cells = [(c.start, "") for c in columns]
    for at, words in cells:
        nearest = min(range(len(columns)), key=lambda i: abs(columns[i].start - at))
        if not out[nearest][1]:
            out[nearest] = (at, words)
    return out


def _cells(line: str, splitter: re.Pattern[str]) -> Iterator[tuple[int, str]]:
    """(offset, words) of each cell; one outer bar at either end makes none."""
    at = len(line) - len(line.lstrip())
    body = line.rstrip()
    if splitter is SPLITTERS[0]:
        at = 0 if at > 2 and not body.endswith(("|", "¦")) else at  # a first cell of blanks, not a bar at the margin
        at = at + 1 if body[at : at + 1] in ("|", "¦") else at
        body = body[:-1] if body[at:].endswith(("|", "¦")) else body
        at += len(body[at:]) - len(body[at:].lstrip())
        body = body.rstrip() if body.strip() else body
    elif splitter is SPLITTERS[1]:
        at = 0
    for cut in splitter.finditer(body, at):
        yield at, body[at : cut.start()]
        at = cut.end()
    yield at, body[at:]


# ---- what it says -------------------------------------------------------------------------------------------------------


def _read(grid: Grid) -> tuple[list[Found], list[tuple[int, int]]]:
    if grid.has("LESION"):
        return _by_column(grid)
    counted = _counted_rows(grid)
    planned = _aim(grid)
    found: list[Found] = []
    cleared: list[tuple[int, int]] = []
    carried = ""
    for start, cells in grid.rows:
        if TOTAL.match(" ".join(w for _, w in cells if w)[:30]):
            cleared.append((start, start + max(at + len(w) for at, w in cells)))
            continue
        name, spot = _row_name(grid, cells, counted is not None)
        carried = name or carried
        if carried and (spot := spot or next(((at, at + len(w)) for at, w in cells if w), None)):
            found.append(Found(start + spot[0], start + spot[1], "NAME", carried, "grids#name"))
        for (at, words), column in zip(cells, grid.columns, strict=False):
            if not words:
                continue
            label = (
                "OTHER"
                if column.label in ("DEVICE", "TYPE", "IGNORED") or (counted is not None and column.label in ("PROBES", "SIZE"))
                else column.label
            )
            found += [
                Found(f.start + start, f.end + start, f.label, f.concept, f.rule_id, f.value, f.context | planned)
                for f in _cell(at, words, label, column, carried)
            ]
            if label in (*MEASURED, "OTHER"):
                cleared.append((start + at, start + at + len(words)))
    found += [Found(a, b, "PROBES", f"{n}", rule, float(n), planned) for a, b, n, rule in counted or ()]
    return found, cleared


def _row_name(grid: Grid, cells: Cells, counted: bool) -> tuple[str, tuple[int, int] | None]:
    """(number, where) of the lesion that a row names; of two columns the one that says "lesion", where that holds no number the other."""
    ids = [i for i, c in enumerate(grid.columns) if c.label in ("NAME", "SITE")]
    said = [i for i in ids if re.search(r"les|target|tumou?r|nodule|tgt|met|mass", grid.columns[i].words, re.IGNORECASE)]
    if counted and not said:
        return "", None  # the numbers of a table of probes are the probes'
    numbers = [i for i in ids if grid.columns[i].label == "NAME" and i not in said and not counted]
    for i in (*said, *numbers) or ids[:1]:
        spelled = i in said or grid.columns[i].label == "NAME"  # under "Level" L1 is a vertebra
        if i < len(cells) and (told := name_of(cells[i][1])) and (spelled or re.match(NAME_WORD, cells[i][1], re.IGNORECASE)):
            return told[0], (cells[i][0] + told[1], cells[i][0] + told[2])
    return "", None


def name_of(words: str) -> tuple[str, int, int] | None:
    """(number, start, end) of the lesion named at the start of a cell: "1", "L2", "Lesion B", "T1 (lesion 3)"."""
    if explicit := EXPLICIT.search(words):
        return explicit["n"], explicit.start(), explicit.end()
    m = NAME.match(words)
    if not m or NON_TARGET.match(words):
        return None
    n = m["n"]
    number = (
        n if n.isdigit() else str(ROMAN[n.upper()] if n.upper() in ROMAN and len(n) + len(m["word"] or "") > 1 else ord(n.upper()) - 64)
    )
    start = m.start("word") if m["word"] else m.start("letter") if m["letter"] else m.start("n")
    return number, start, m.end("n")


def _lesion(words: str) -> bool:
    """True if a header's cell is a lesion's name: "L1", "Lesion 2", "#3", "T1 (liver)"."""
    m = NAME.match(words)
    return bool(m and (m["word"] or m["letter"] or "#" in words[: m.start("n")])) and not re.search(r"\b(?:mm|cm|min)\b", words)


def _cell(at: int, words: str, label: str, column: Column, name: str) -> Iterator[Found]:
    """The mention of one cell, at the offsets of its row."""
    end = at + len(words)
    if label == "SITE":
        yield from _segment(at, words, column)
    if label not in MEASURED:
        return
    if label == "PROBES":
        n = _number_of_probes(words)
        if n:
            yield Found(at, end, label, f"{n}", "grids#probes", float(n))
        return
    if NOTHING.match(words):
        return
    if label == "SIZE" and re.search(r"\bzone\b|scar|cavity", words, re.IGNORECASE):
        label = "ZONE_SIZE"
    value = _length(words, label, column.scale)
    if value is None:
        return
    yield Found(at, end, label, f"{value:g}", f"grids#{label.lower()}", value)
    if label == "MARGIN" and SHORT.search(words):
        yield Found(at, end, "COVERAGE", "short", "grids#short")


def _segment(at: int, words: str, column: Column) -> Iterator[Found]:
    """A bare segment of the liver in the column of places: "VI", "IVb", "7" under "Segment"."""
    m = SEGMENT.match(words)
    bare = m and (re.search(r"seg", column.words, re.IGNORECASE) or not m["n"].isdigit()) and "seg" not in words.lower()
    if m and bare:
        number = ROMAN.get(m["n"], m["n"])
        yield Found(at + m.start("n"), at + m.end(), "PART", f"seg:{number}", "grids#segment")
        if not m["n"].isdigit():
            yield Found(at + m.start("n"), at + m.end(), "SITE", "liver", "grids#segment")


def _length(words: str, label: str, header: float) -> float | None:
    """Millimetres of a cell: the largest dimension of a size, the smallest of a margin; None where it tells no number."""
    if label == "MARGIN" and (ZERO.match(words) or SHORT.search(words)):
        return 0.0
    if earlier := EARLIER.search(words):
        words = words[: earlier.start()] or words
    numbers = [float(n[0].replace(",", ".")) for n in NUMBER.finditer(words)]
    if not numbers:
        return None
    value = min(numbers) if label == "MARGIN" else max(numbers)
    small = value <= (1.6 if label == "MARGIN" else 12) and re.search(r"\d?[.,]\d", words) is not None
    scale = _scale(words) or header or (10.0 if small else 1.0)
    return round(value * scale, 2) if value * scale <= 500 else None


# ---- probes -------------------------------------------------------------------------------------------------------------

Row = tuple[int, int, int, str]


def _number_of_probes(words: str) -> int:
    """How many probes a cell of a column of probes counts: "3", "2 x rod + 1 x sphere", "two", "IceRod" (one)."""
    plain = re.match(r"^\W*(\d{1,2})\W*(?:\(.*\))?\W*$", words)
    if plain:
        return int(plain[1]) if int(plain[1]) <= MOST_PROBES else 0
    counted = [
        int(m["n"] or m["m"]) for m in COUNTED.finditer(words) if not re.match(r"(?:G|ga|gauge|mm|cm)\b", words[m.end() :], re.IGNORECASE)
    ]
    if counted:
        return sum(counted) if sum(counted) <= MOST_PROBES else 0
    spelled = [WORDS[w] for w in re.findall(r"[a-z]+", words.lower()) if w in WORDS]
    return sum(spelled) if spelled else int(bool(re.search(r"[A-Za-z]{3}", words)) and not NOTHING.match(words) and not ZERO.match(words))


def _counted_rows(grid: Grid) -> list[Row] | None:
    """(start, end, probes, rule) of each row of a table of probes; None if the table is none: its rows are lesions."""
    at = next((i for i, c in enumerate(grid.columns) if c.label == "DEVICE"), None)
    names = [i for i, c in enumerate(grid.columns) if c.label == "NAME"]
    if at is None:
        rownumbers = [i for i in names if not re.search(r"les|target|tumou?r|nodule|tgt", grid.columns[i].words, re.IGNORECASE)]
        typed = any(c.label == "TYPE" and re.search(DEVICE, c.words, re.IGNORECASE) for c in grid.columns)
        if not ((rownumbers and typed and len(names) > 1) or (rownumbers and typed and not grid.has("SIZE", "MARGIN", "SITE"))):
            return None
        at = rownumbers[0]
    elif at > 0 and _is_count(grid, at, names):
        return None
    rule = "grids#probes_row" + next((f".{e}" for e, p in ENERGIES if p.search(" ".join(c.words for c in grid.columns))), "")
    seen: set[tuple[str, str]] = set()
    out: list[Row] = []
    for start, cells in grid.rows:
        line = " ".join(w for _, w in cells)
        if at >= len(cells) or not cells[at][1] or UNUSED.search(line) or TOTAL.match(line):
            continue
        words = cells[at][1]
        lesion = " ".join(cells[i][1] for i in names if i != at and i < len(cells))
        ids = [x for x in _ids(words) if (lesion, x) not in seen]
        if _continuous(grid, at):
            ids = [x for x in ids if not any(x == o for _, o in seen)]
        seen.update((lesion, x) for x in ids)
        if ids:
            out.append((start + cells[at][0], start + cells[at][0] + len(words), len(ids), rule))
    return out


def _continuous(grid: Grid, at: int) -> bool:
    """True if the probes are numbered through, so that a number told again is the same probe: numbers of rows never fall."""
    firsts = [int(m["a"]) for _, cells in grid.rows if at < len(cells) and (m := IDS.match(cells[at][1].strip()))]
    return firsts == sorted(firsts)


def _ids(words: str) -> list[str]:
    """The probes a cell names: "1", "1-4", "P1, P2", "A"; a cell of words alone ("IceRod 1.5") is one."""
    out: list[str] = []
    words = re.sub(r"\(.*?\)", "", words)
    for m in IDS.finditer(words):
        low, high = int(m["a"]), int(m["b"] or m["a"])
        out += [str(n) for n in range(low, high + 1)] if low <= high <= MOST_PROBES else []
    if out and not re.search(r"\d[.,]\d|[A-Za-z]{4}", words):
        return out
    return out[:1] or ([words.strip()] if re.search(r"\w", words) else [])


def _is_count(grid: Grid, at: int, names: Sequence[int]) -> bool:
    """True if the numbers under "Probe" count probes: one row a lesion, not numbered 1, 2, 3."""
    cells = [c[at][1] for _, c in grid.rows if at < len(c)]
    lesions = [c[names[0]][1] for _, c in grid.rows if names and names[0] < len(c)]
    unique = len(set(lesions)) == len(lesions) > 0 and all(lesions)
    numbers = [int(m["a"]) for w in cells if (m := IDS.fullmatch(w.strip()))]
    numbered = (
        bool(numbers)
        and numbers == list(range(1, len(numbers) + 1))
        and (len(numbers) > 1 or bool(re.search(r"no|nr|#|id", grid.columns[at].words, re.IGNORECASE)))
    )
    return unique and not numbered and bool(numbers)


# ---- lesions side by side, and rows without a header ----------------------------------------------------------------------


def _aim(grid: Grid) -> frozenset[str]:
    """What holds of every cell of a table that its title calls a plan."""
    return frozenset(("planned", "intended")) if PLANNED.search(DONE_SO.sub("", grid.title)) else frozenset()


def _by_column(grid: Grid) -> tuple[list[Found], list[tuple[int, int]]]:
    """A table whose columns are the lesions: each row tells one thing of all, by its first cell."""
    found: list[Found] = []
    cleared: list[tuple[int, int]] = []
    planned = _aim(grid)
    names = [(told[0] if (told := name_of(c.words)) else "") for c in grid.columns]
    for column, name in zip(grid.columns, names, strict=True):
        if name and (told := name_of(column.words)):
            found.append(Found(grid.start + column.start + told[1], grid.start + column.start + told[2], "NAME", name, "grids#name"))
    margins = re.compile(r"margin|clearance|direction|\brim\b", re.IGNORECASE)
    of_margins = bool(margins.search(grid.title) or margins.search(grid.columns[0].words))
    for start, cells in grid.rows:
        words = cells[0][1] if cells else ""
        label = "MARGIN" if DIRECTION.match(words) and (of_margins or not _label(words)) else _label(words)
        scale = _scale(words) or _scale(grid.columns[0].words) or _scale(grid.title)
        key = Column(label, scale, 0, words)
        for (at, said), name in list(zip(cells, names, strict=False))[1:]:
            if not said.strip():
                continue
            if name:
                found.append(Found(start + at, start + at + len(said), "NAME", name, "grids#name"))
            found += [
                Found(f.start + start, f.end + start, f.label, f.concept, f.rule_id, f.value, f.context | planned)
                for f in _cell(at, said, label, key, name)
            ]
            if label in (*MEASURED, "OTHER", "IGNORED", "TYPE", "DEVICE"):
                cleared.append((start + at, start + at + len(said)))
    return found, cleared


LOOSE = re.compile(rf"^[\s|]*(?P<name>(?:[LT][1-9]|{NAME_WORD} [1-9A-H]|#[1-9])(?: \([^)|]{{1,20}}\))?)\s*(?:\||\t)", re.IGNORECASE)


def _loose_row(line: str, start: int) -> tuple[list[Found], list[tuple[int, int]]]:
    """A row of a table that goes without its header: its first cell is a lesion's name; sizes of an earlier exam are none of today."""
    m = LOOSE.match(line) if "|" in line or "\t" in line else None
    told = name_of(m["name"]) if m else None
    if not m or not told:
        return [], []
    at = start + m.start("name")
    splitter = SPLITTERS[0] if "|" in line else SPLITTERS[1]
    cleared = [(start + a, start + a + len(w)) for a, w in list(_cells(line, splitter))[1:] if OF_EARLIER.search(w)]
    return [Found(at + told[1], at + told[2], "NAME", told[0], "grids#name")], cleared
