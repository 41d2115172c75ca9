"""Sections: which heading does a stretch of a note stand under? Works on a note.

A heading is a known title at the start of a line, before a colon, a dash or the end of the line; a title in capitals
also within a line after the end of a sentence ("... 10 mL. COMPLICATIONS: None."), as dictation without line breaks has it; and, where the rule
lists it as ``bare``, a short form in capitals with no colon at all ("PMH HTN, HYPOTHYROID"). A dated heading of results ("CT 3/4/20:") is also the
first words of its section, because the day is news.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from itertools import groupby, islice

from extractor.model import Section, alike
from extractor.patterns import re
from extractor.pipeline.needs import folded
from extractor.pipeline.scan import Scan
from extractor.rules import Heading

LEVEL = "note"
WORDS = re.compile(r"\S")
BLANK_LINE = re.compile(r"\n[ \t\r]*\n")
MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?"
TAIL = (
    r"(?:[ \t,*/()-]*(?:\d[\d/.:-]*(?:st|nd|rd|th)?|#[ \t]?\d+|"
    + MONTH
    + r"|at|on|of|dated|by|the|hrs?|hours|h|am|pm|Dr\.?(?:[ \t]+(?:[A-Z]\.?){1,2}(?![\w.]))?|MD|attending|radiologist|operator"
    r"|author|fellow|resident|signed|\*{2,3}|\[\*\*[^\]\n]{1,30}\*\*\]|\([^()\n]{0,60}\)))+[ \t,*/()-]*"
)
"""What may stand between the title of an addendum and its text: who added it, and when."""
DATED = r"(?:\[?\d{1,4}[/.-]\d{1,2}[/.-]\d{2,4}\]?(?:[ \t@,-]+\d{1,2}:\d{2}(?::\d{2})?)?[ \t*:,-]+)?"
"""A day may stand before the title of an addendum: "03/05/2018 ADDENDUM"."""
FIELD_OF_TITLE = r"(?:(?:local |standard |note |document |report )?title|(?:note|document|report)(?: type|[ \t]?name)?|type(?: of (?:note|document|report))?|subject)[ \t]*:[ \t]*"
"""A field that holds the title of a note, before that of an addendum: "LOCAL TITLE: ADDENDUM TO ..."."""
SIGNED = re.compile(
    r"^[ \t]*(?:/es/|(?:electronically|digitally|e-?)[ \t]?(?:signed|authenticated|verified)|signed(?:[ \t]by)?:|dictated (?:and signed )?by\b)",
    re.MULTILINE | re.IGNORECASE,
)
"""A signature ends the section before it."""
OWN_REPORT = re.compile(
    r"(?<=\n)[ \t\r]*\n[ \t]*(?P<report>[A-Z][\w/-]*(?:[ \t]+[\w/-]+){0,2}[ \t]+(?:REPORT|DICTATION|NARRATIVE|report|dictation|narrative|Report|Dictation|Narrative)[ \t]*:?[ \t]*\r?$)",
    re.MULTILINE,
)
"""A line of its own below a blank one that opens the report after a form or a brief note ends the section before it: "DICTATED REPORT"."""
EXAM_TITLE = re.compile(
    r"\s*(?!.{0,80}\b(?:clinic|consult\w*|visit|note|letter|summary|call|board|conference|procedure|ablation|biopsy)\b)(?:[^\n]{0,30}\b)?(?:CT|MRI|MR|PET(?:/CT|-CT)?|ultrasound|sonogram|radiographs?|x-?rays?)\b",
    re.IGNORECASE,
)
"""The first line of a report on an exam."""
ABLATION_TITLE = re.compile(
    r"\s*(?:(?:repeat|second|third|re-?do|percutaneous|image-guided|(?:CT|US|MRI?|ultrasound)(?:[- ]guided)?)[ ,]+){0,4}(?:cryo-?(?:ablation|therapy)|microwave ablation|radio-?frequency ablation|RFA|MWA|(?:thermal )?ablation|irreversible electroporation)\b[^\n]{0,80}\n",
    re.IGNORECASE,
)
"""A first line that names an ablation is the title of its report."""
TOLD_BELOW = ("procedure", "technique", "findings", "course", "guidance", "impression")
"""Headings under which a report on a procedure says what was done."""
LINE_END = re.compile(r"[ \t]*\r?\n")
CONTINUED = re.compile(
    r"[ \t]*(?:and\b|[a-z]|(?:CTs?|CECT|MRIs?|PET\S*|US|ultrasound|x-?rays?|none|prior|outside|\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4})\b[^\n]{0,40}(?:\r?\n|$))"
)
LONG_LINE = 60
"""Characters of a line that may have been wrapped."""
OF_LINES = ("line", "short")
"""Headings that stand at the head of a line and are told by that line alone."""
REMEMBERED, LONGEST = 8_192, 300
"""Lines that are remembered, and characters of one beyond which it is not."""
BULLET = r"(?:[-•*–>]+[ \t]*|\(?\d{1,2}[.)][ \t]+)?"


class Sections:
    """Finds the sections of a text; built once from the heading rules."""

    def __init__(self, headings: Sequence[Heading]) -> None:
        self._by_title = {_key(t): h for h in headings for t in (*h.titles, *h.bare)}
        titles = _alternatives(t for h in headings for t in h.titles)
        bare = _alternatives(t for h in headings for t in h.bare)
        line = rf"^[ \t]*{BULLET}(?P<line>{titles}|{bare})[ \t]*(?:\((?P<added>[^()\n]{{0,40}})\)[ \t]*)?(?P<day>,?[ \t]*\d[\d/.:,-]*(?:[ \t]+\d[\d:]*)?(?:[ \t]?[ap]m)?[ \t]*)?(?::|[ \t][-–—][ \t]|-?[ \t]*\r?$)"
        added = _alternatives(t for h in headings if h.category == "addendum" for t in h.titles)
        late = rf"^[ \t*#=_-]*+{BULLET}{DATED}(?P<late>{added})\b[ \t*]*(?:(?:{TAIL})?(?::(?!\d)|[ \t*=_-]*\r?$)|\.(?=[ \t]*\r?$|[ \t]+\S)|{TAIL}(?:\.(?=[ \t])|(?<=\*\*)(?=[ \t]\S)|(?<=\*\*[ \t]))|[^:\n.]{{0,60}}?:(?!\d))"
        inner = rf"(?<=[.!?;:\n][ \t\n])[ \t]*(?P<inner>{titles})[ \t]*:"
        inline = rf"(?<=[.!?:][ \t])[ \t]*(?P<inline>{added})\b(?:{TAIL})?:(?!\d)"
        titled = rf"^[ \t]*{FIELD_OF_TITLE}(?P<titled>{added})\b:?"
        short = rf"^[ \t]*(?P<short>{bare})(?=[ \t])(?![^\n:.]{{0,60}}\b(?:NOTE|REPORT|RECORD|SUMMARY|LETTER|FORM)\b[ \t]*\r?$)"
        self._openings = _openings(self._by_title)
        self._patterns = {
            "line": re.compile(line, re.MULTILINE | re.IGNORECASE),
            "late": re.compile(late, re.MULTILINE | re.IGNORECASE),
            "inner": re.compile(inner, re.IGNORECASE),
            "inline": re.compile(inline, re.IGNORECASE),
            "titled": re.compile(titled, re.MULTILINE | re.IGNORECASE),
            "short": re.compile(short, re.MULTILINE),
        }
        self._opens = lru_cache(REMEMBERED)(self._begins)
        self._scan = Scan(
            {
                "line": line,
                "late": late,
                "inner": inner,
                "inline": inline,
                "titled": titled,
                "short": short,
                "signed": SIGNED.pattern,
                "report": OWN_REPORT.pattern,
            }
        )
        self.context = {h.category: h.context for h in headings}
        self._brief = {h.category for h in headings if h.ends}
        self._fields = {h.category for h in headings if h.field}

    def __call__(self, text: str) -> tuple[Section, ...]:
        """Sections in order, without a gap, from 0 to ``len(text)``; what stands before the first heading has category ''."""
        marks = sorted(_without_list_letters(self._marks(text)), key=lambda m: (m[0], -m[1]))
        bounds = [(0, 0, "", "")]
        for start, body, category, title in marks:
            if start >= bounds[-1][1] and not _names_guide(text, bounds[-1], start, category):
                bounds.append((start, body, category, title))
        ends = [b[0] for b in bounds[1:]] + [len(text)]
        found = [Section(c, s, b, e, t) for (s, b, c, t), e in zip(bounds, ends, strict=True)]
        exam = EXAM_TITLE.match(text) or any(f.category == "comparison" for f in found)
        last = next((i for i, f in enumerate(found) if f.category == "history"), len(found))
        titled = any(f.category == "procedure" for f in found[:last]) or ABLATION_TITLE.match(text)
        report = titled and not any(f.category in TOLD_BELOW for f in found[last:])
        fields = self._fields | ({"history"} if exam or report else set())
        return tuple(s for f in found for s in self._ended(text, f, fields) if s.end > s.start) or (Section("", 0, 0, 0),)

    def _ended(self, text: str, section: Section, fields: AbstractSet[str]) -> tuple[Section, ...]:
        """A brief section (indication, consent, ...) is over at the first blank line after its first words (a day in the heading is such), a field with its line.

        Where a note opens with an exam, compares with earlier ones, or names a procedure and tells it under no heading, its history is a field too: the report goes on in the next line.
        """
        words = WORDS.search(text, section.body, section.end)
        told = any(c.isdigit() for c in text[section.start : section.body])
        since = section.body if told or words is None else words.start()
        brief = section.category in self._brief or (section.category in ONE_LINERS and _on_one_line(text, section))
        blank = BLANK_LINE.search(text, since, section.end) if words and brief else None
        over = [blank.start()] if blank else []
        inline = words is not None and "\n" not in text[section.body : words.start()]
        if words and inline and (section.category in fields or (section.category == "exam" and OF_ABLATION.match(text, words.start()))):
            over += _value_ends(text, words.start(), section.end)
        if words and inline and "risk" in self.context.get(section.category, ()):
            over += [m.start() for m in islice(NEXT_FIELD.finditer(text, words.start(), section.end), 1)]
            over += [m.end() for m in islice(SAID_OUT.finditer(text, words.start(), section.end), 1)]
        if words and inline and section.category == "plan":
            over += [m.start() for m in islice(DONE_FIELD.finditer(text, words.start(), section.end), 1)]
        if words and inline and section.category in BACKGROUND and section.title.isupper():
            over += [m.start() for m in islice(OWN_HEADING.finditer(text, words.start(), section.end), 1)]
        if not over:
            return (section,)
        end = min(over)
        return (
            Section(section.category, section.start, section.body, end, section.title),
            Section("", end, end, section.end),
        )

    def _at_lines(self, group: str, text: str) -> Iterator[re.Match[str]]:
        """As ``finditer`` of a pattern for one line that begins with a title. Whether a line may match is remembered, by its shape where all digits are alike."""
        pattern = self._patterns[group]
        at = 0
        for line in (alike(text) if group in self._scan.blind else text).split("\n"):
            if self._opens(group, line) if len(line) <= LONGEST else self._is_titled(line):
                match = pattern.match(text, at)
                if match:
                    yield match
            at += len(line) + 1

    def _begins(self, group: str, line: str) -> bool:
        return self._is_titled(line) and self._patterns[group].match(line) is not None

    def _is_titled(self, line: str) -> bool:
        """True if the first letters of a line, behind its bullet, are those of a title."""
        return self._openings is None or _opening(line) in self._openings

    def _marks(self, text: str) -> Iterator[tuple[int, int, str, str]]:
        can = self._scan(text)
        for group, pattern in self._patterns.items():
            if group not in can:
                continue
            for match in self._at_lines(group, text) if group in OF_LINES else pattern.finditer(text):
                title = match[group]
                if (group in ("inner", "inline") and not title[0].isupper()) or (group == "inner" and not title.isupper()):
                    continue
                if (
                    group == "late"
                    and not (title.isupper() or title.casefold().startswith("addend"))
                    and match[0].rstrip(" *\t").endswith(f"{title}.")
                ):
                    continue
                category = self._by_title[_key(title)].category
                start = match.start() if group == "titled" else match.start(group)
                yield start, _body(match, group, category), category, title
        for signed in SIGNED.finditer(text) if "signed" in can else ():
            yield signed.start(), signed.start(), "", ""
        for report in OWN_REPORT.finditer(text) if "report" in can else ():
            yield report.start("report"), report.start("report"), "", ""


def _body(match: re.Match[str], group: str, category: str) -> int:
    """Where the words of a section begin: after its title; a day beside the title of an exam or a session is theirs."""
    after = match[0][match.end(group) - match.start() :]
    if group == "late" and EXAM_AMENDED.search(after):  # "ADDENDUM to the MRI of 4 May 2020: ..."
        return match.end(group)
    if category in ("data", "guidance") and any(c.isdigit() for c in after):
        return match.start(group)
    day = match["day"].strip(" \t,:.") if group == "line" and match["day"] else ""
    dated = day and ":" not in match[0] and (category == "comparison" or FULL_DAY.search(day))
    added = match["added"] if group == "line" and match["added"] else ""
    if category in DONE_THEN and (FULL_DAY.search(day) or FULL_DAY.search(added)):  # "Procedure 10/11/21: cryoablation of ..."
        return match.start("added" if FULL_DAY.search(added) else "day")
    return match.start("day") if dated else match.end()


EXAM_AMENDED = re.compile(
    r"\b(?:CT|MRI?|PET|US|ultrasound|scan|exam\w*|study|imaging)\b[^:\n]{0,50}\d[./-]\d|\b(?:CT|MRI?|PET|US|ultrasound|scan|exam\w*|study|imaging)\b[^:\n]{0,50}\b(?:19|20)\d\d\b|\d[./-]\d[^:\n]{0,30}\b(?:CT|MRI?|PET|US|ultrasound|scan|exam\w*|study|imaging)\b"
)
"""In the heading of an addendum the exam that it is to, with its day: both belong to its text."""


def _names_guide(text: str, last: tuple[int, int, str, str], start: int, category: str) -> bool:
    """True for an exam's name that is no heading but the value of the one above it, "Guidance" with "- CT" in the line below."""
    return last[2] == "guidance" and category == "data" and not text[last[1] : start].strip(" \t\r\n-•*–>")


DONE_THEN = ("procedure", "technique")
"""Headings whose day is that of what they tell, as in a list of records: "4. Procedure note 5/2/2016: ablation of ..."."""
FULL_DAY = re.compile(r"(?<![\d/.-])\d{1,4}[/.-]\d{1,2}[/.-]\d{2,4}(?![\d/.-])")


OF_ABLATION = re.compile(r"[^\n]{0,80}?\b(?:\w*ablations?|cryo\w*|microwave|RFA|MWA|radio-?frequency|electroporation)\b", re.IGNORECASE)
"""The value of a heading "Exam" that names what was done, no findings: "EXAM: CT-guided cryoablation, pleura"."""
BACKGROUND = ("history", "indication", "reason")
OWN_HEADING = re.compile(r"^(?-i:[A-Z][A-Z/&-]{2,}(?: [A-Z/&-]{2,}){0,3}):[ \t]*\r?$", re.MULTILINE)
"""A heading in capitals on a line of its own, of whatever name, ends the background of a form whose fields are told behind such."""
ONE_LINERS = ("complications", "diagnosis")
NEXT_FIELD = re.compile(
    r"^[ \t]*(?!(?:\w+ ){0,3}(?:risks?|benefits?|alternatives?|complications?|consent\w*|questions?|discuss\w*|explain\w*|includ\w*|specific\w*|general|common|rare|also|and)\b)[A-Z][\w/&+-]*(?: [\w/&+-]+){0,3}:(?=[ \t]+\S)",
    re.MULTILINE | re.IGNORECASE,
)
"""The next line of a form, under a label of its own: what it tells is no risk."""


DONE_FIELD = re.compile(
    r"^[ \t]*(?:final |achieved |actual )?(?:ice(?:[ -]?ball)?|coverage|margins?|probes?(?: used)?|needles?(?: used)?|freez\w*(?: cycles?)?|cycles|energy|result)(?: (?:coverage|margins?|achieved|used))?:(?=[ \t]+\S)",
    re.MULTILINE | re.IGNORECASE,
)
"""The next line of a form that tells what was done, after one with the plan: "PLAN: margin of 1 cm", "ICE: covers all of it"."""


SAID_OUT = re.compile(
    r"[.!?][ \t]*(?=\r?\n[ \t]*(?-i:[A-Z0-9(#]))(?!\r?\n[^\n]*\b(?:risks?|benefits?|alternatives?|complications?|consent\w*|questions?|discuss\w*|explain\w*|includ\w*|possib\w*|could|may|might|would|understand\w*|understood|agree\w*|accept\w*|sign\w*|wish\w*|informed|told|said|talked|spoke\w*|chance|rates?|\d+ ?%))",
    re.IGNORECASE,
)
"""The end of a consent told on its own line, where the next line speaks of none of it."""


def _on_one_line(text: str, section: Section) -> bool:
    """True for a field of one short line with a blank one behind it: what follows is the report's own."""
    end = text.find("\n", section.body, section.end)
    value = text[section.body : end].strip() if end >= 0 else ""
    return 0 < len(value) < LONG_LINE and bool(BLANK_LINE.match(text, end))


def _value_ends(text: str, start: int, end: int) -> list[int]:
    """Where the value of a field ends: with its line, unless the line was wrapped or the next one lists more."""
    for stop in LINE_END.finditer(text, start, end):
        line = text[text.rfind("\n", 0, stop.start()) + 1 : stop.start()].rstrip()
        open_end = line[-1:] in (",", "/", "(", "&") or (len(line) >= LONG_LINE and line[-1] not in ".!?;:")
        closed = line[-1:] in (".", "!", "?") and text[stop.end() : stop.end() + 1].islower()
        if not open_end and (closed or not CONTINUED.match(text, stop.end(), end)):
            return [stop.start()]
    return []


def _without_list_letters(marks: Iterable[tuple[int, int, str, str]]) -> list[tuple[int, int, str, str]]:
    """A lone "A:" names an item of a list; single letters are headings only beside others (S, O, A, P)."""
    found = list(marks)
    letters = {m[3].lower() for m in found if len(m[3]) == 1}
    return [m for m in found if len(m[3]) != 1 or len(letters) > 1]


LETTERS = re.compile(r"[^\W\d_]*")
BEFORE_TITLE = " \t-•*–>(0123456789.)"
"""What stands before the title of a line: blanks, bullets, numbers."""


def _opening(line: str) -> str:
    """The first letters of a line, behind its bullet."""
    found = LETTERS.match(line.lstrip(BEFORE_TITLE))
    return folded(found[0]) if found else ""


def _openings(titles: Iterable[str]) -> frozenset[str] | None:
    """The letters that titles begin with, up to what is no letter; None where one begins with something else, or there is none."""
    found = frozenset(map(_opening, titles))
    return None if "" in found or any(t[:1] in BEFORE_TITLE for t in titles) else found


def _key(title: str) -> str:
    return " ".join(folded(title).split())


def _alternatives(titles: Iterator[str]) -> str:
    """Titles, the longest that stands in a place first; those of one initial share it, so that a line is not held against every title."""
    words = sorted(set(titles), key=lambda t: (t[:1].lower(), -len(t), t))
    groups = ((initial, [_words(w) for w in own]) for initial, own in groupby(words, key=lambda t: t[:1].lower()))
    return "(?:" + "|".join(f"(?={_either(initial)})(?:{'|'.join(own)})" for initial, own in groups) + ")" if words else "(?!)"


def _words(title: str) -> str:
    return re.escape(title).replace(r"\ ", r"[ \t]+")


def _either(initial: str) -> str:
    return f"[{re.escape(initial)}{re.escape(initial.upper())}]"
