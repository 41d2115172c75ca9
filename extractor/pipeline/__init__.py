"""One note to mentions.

    text -> sections -> sentences            (characters of the whole note)
         -> targets -> measures -> dates -> context   (a small Doc per sentence)
         -> resolve                          (overlaps, with the reason)

ConText never looks past a sentence, so the sentence is the unit of work: no cost grows with the square of the note. ``skim`` finds what this pipeline finds
without a Doc; the pipeline itself reads where a user has components of his own, and as the reference.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING, TypeVar

from extractor.model import Mention, Note, ReadNote, Section, Sentence, flat
from extractor.pipeline import context, sentences, targets
from extractor.pipeline.dates import find_dates
from extractor.pipeline.found import Found
from extractor.pipeline.grids import read_tables
from extractor.pipeline.kinds import Kinds
from extractor.pipeline.measures import find_measures, told_places
from extractor.pipeline.sections import Sections
from extractor.pipeline.skim import REMEMBERED, Skim
from extractor.pipeline.targets import GROUP, Targets
from extractor.pipeline.tokens import Tokens
from extractor.rules import Rules

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

SETTLED = 4_096
"""Sets of candidates of which it is remembered which stay: they are larger than sentences."""
Component = Callable[["Doc"], "Doc"]
Candidate = TypeVar("Candidate", Found, Mention)
__all__ = ["Reader", "build"]


class Measures:
    """spaCy component: sizes, margins, counts."""

    def __call__(self, doc: Doc) -> Doc:
        """Add the measures of a sentence."""
        for found in find_measures(doc.text, told_places(doc.user_data[GROUP])):
            targets.add(doc, found)
        return doc


class Dates:
    """spaCy component: date expressions; needs the day the note was written and the chart's order of day and month."""

    def __call__(self, doc: Doc) -> Doc:
        """Add the dates of a sentence."""
        written, day_first = doc.user_data["written"], doc.user_data["day_first"]
        for found in find_dates(doc.text, written, day_first):
            targets.add(doc, found)
        return doc


class Reader:
    """Reads notes: holds the medspaCy pipeline for sentences and any components a user added.

    ``note_components`` get the Doc of a whole note, ``sentence_components`` that of a sentence, after the shipped
    ones and before ConText; spans they put into ``doc.spans["found"]`` become mentions. ``plain`` reads every sentence through
    every component of the pipeline; otherwise ``Skim`` reads it, with the same result, unless there are components for sentences.
    Up to ``remembered`` sentences are not read twice.
    """

    def __init__(
        self,
        rules: Rules,
        note_components: Sequence[Component] = (),
        sentence_components: Sequence[Component] = (),
        plain: bool = False,
        remembered: int = REMEMBERED,
    ) -> None:
        self.rules = rules
        self.kinds = Kinds(rules.cues)
        self._sections = Sections(rules.headings)
        self._hides = {t.rule_id: t.hides for t in rules.targets if t.hides} | WHOLE_DATES
        self._rank = {t.rule_id: n for n, t in enumerate(rules.targets)}
        self._note_components = tuple(note_components)
        self._sentence_components = tuple(sentence_components)
        self._tokens = Tokens()
        whole = plain or bool(sentence_components)
        self._found = self._run if whole else Skim(rules, self._tokens, remembered)
        # A component of a user's own may say something else of the same words the next time.
        self._settled = lru_cache(0 if sentence_components else min(remembered, SETTLED))(
            partial(resolve, hides=self._hides, rank=self._rank)
        )

    @cached_property
    def nlp(self) -> Language:
        """The medspaCy pipeline that reads one sentence; ``nlp.pipe_names`` is its table of contents."""
        return _sentence_language(self.rules, self._sentence_components)

    @property
    def strings(self) -> int:
        """How many words spaCy keeps for this reader."""
        return len(self.nlp.vocab.strings) if "nlp" in vars(self) else 0

    def forget(self) -> None:
        """Give back what spaCy keeps."""
        vars(self).pop("nlp", None)

    def read(self, note: Note, day_first: bool = False) -> ReadNote:
        """All mentions of a note, sorted by start; offsets are those of ``note.text``."""
        sections = self._sections(note.text)
        read: list[Sentence] = []
        lost: list[tuple[Mention, str]] = []
        plain_text = flat(note.text)
        for sentence in sentences.split(note.text, sections):
            found = self._found(plain_text[sentence.start : sentence.end], note.note_date, day_first)
            if not found:
                read.append(sentence)
                continue
            inherited = self._sections.context.get(sentence.section, frozenset())
            kept, dropped = self._settled(found)
            mentions = tuple([_mention(note, sentence, f, inherited) for f in kept])
            read.append(Sentence(sentence.start, sentence.end, sentence.section, sentence.paragraph, mentions))
            lost += [(_mention(note, sentence, f, inherited), why) for f, why in dropped]
        read = _with_grids(note, self._whole_note(note, sections, read))
        return ReadNote(note, sections, tuple(read), tuple([m for s in read for m in s.mentions]), tuple(lost))

    def _run(self, words: str, written: date, day_first: bool) -> tuple[Found, ...]:
        """The candidates of a sentence by every component of the pipeline: the reference."""
        doc = _doc(self.nlp, words)
        doc.user_data.update({"written": written, "day_first": day_first})
        for _, component in self.nlp.pipeline:
            doc = component(doc)
        return tuple(_found(doc))

    def _whole_note(self, note: Note, sections: Sequence[Section], read: list[Sentence]) -> list[Sentence]:
        if not self._note_components:
            return read
        doc = self.nlp.make_doc(note.text)
        doc.spans[GROUP] = []
        for component in self._note_components:
            doc = component(doc)
        extra = [(s.start_char, s.end_char, s) for s in doc.spans[GROUP]]
        out = []
        for sentence in read:
            inside = [
                Found(a - sentence.start, b - sentence.start, s.label_, s.kb_id_ or s.text.lower(), f"component#{s.label_}")
                for a, b, s in extra
                if sentence.start <= a and b <= sentence.end
            ]
            mentions = (*sentence.mentions, *(_mention(note, sentence, f, frozenset()) for f in inside))
            out.append(replace(sentence, mentions=tuple(sorted(mentions, key=_order))))
        return out


MEASURES = frozenset(("SIZE", "MARGIN", "ZONE_SIZE", "LENGTH", "PROBES"))


def _with_grids(note: Note, read: list[Sentence]) -> list[Sentence]:
    """In typed tables the column's header says what a number is, whatever the words beside it, and a row's first cell names its lesion."""
    tables = read_tables(note.text)
    if not tables.found and not tables.cleared:
        return read
    out = []
    for sentence in read:
        inside = [c for c in tables.found if sentence.start <= c.start and c.end <= sentence.end]
        hidden = [(a, b) for a, b in tables.cleared if sentence.start <= a < sentence.end]
        keep = [m for m in sentence.mentions if not _overruled(m, inside, hidden)]
        shifted = [replace(c, start=c.start - sentence.start, end=c.end - sentence.start) for c in inside]
        mentions = [*keep, *(_mention(note, sentence, c, frozenset()) for c in shifted)]
        out.append(replace(sentence, mentions=tuple(sorted(mentions, key=_order))) if inside or hidden else sentence)
    return out


CODE = 4
"""Characters of a lesion's label that may look like something else ("L2", "T10")."""


def _overruled(mention: Mention, cells: Sequence[Found], hidden: Sequence[tuple[int, int]]) -> bool:
    """True for a measure in a cell, and for what was read in a lesion's label ("L2" as a vertebra)."""
    if mention.label in MEASURES:
        return any(a < mention.end and mention.start < b for a, b in hidden)
    labels = [c for c in cells if c.label == "NAME" and c.start < mention.end and mention.start < c.end]
    return bool(labels) and (
        mention.label == "NAME" or any(c.start <= mention.start and mention.end <= c.end <= c.start + CODE for c in labels)
    )


def build(
    rules: Rules,
    note_components: Sequence[Component] = (),
    sentence_components: Sequence[Component] = (),
    plain: bool = False,
    remembered: int = REMEMBERED,
) -> Reader:
    """A reader for these rules; ``plain`` for the reference path."""
    return Reader(rules, note_components, sentence_components, plain, remembered)


def _sentence_language(rules: Rules, extra: Iterable[Component]) -> Language:
    import spacy

    with warnings.catch_warnings():
        from medspacy.custom_tokenizer import create_medspacy_tokenizer
    nlp = spacy.blank("en")
    nlp.tokenizer = create_medspacy_tokenizer(nlp)
    steps: list[tuple[str, Component]] = [("targets", Targets(nlp, rules.targets)), ("measures", Measures()), ("dates", Dates())]
    steps += [(getattr(c, "__name__", type(c).__name__), c) for c in extra]
    steps.append(("context", context.Context(nlp, rules.modifiers, GROUP)))
    warnings.filterwarnings("ignore", message=r"\[W036\]")  # medspaCy asks its empty matchers too, for every Doc
    for name, component in steps:
        nlp._components.append((name, component))  # instances hold rules, which spaCy's config cannot carry
    return nlp


def _doc(nlp: Language, words: str) -> Doc:
    doc = nlp.make_doc(words)
    for token in doc:
        token.is_sent_start = token.i == 0
    doc.spans[GROUP] = []
    doc.user_data[GROUP] = []
    return doc


def _found(doc: Doc) -> list[Found]:
    """Every candidate of a sentence with what ConText says of it; spans a user's component added have no record of ours."""
    known: list[Found] = doc.user_data[GROUP]
    flags = context.flags(doc)
    out = []
    for number, span in enumerate(doc.spans[GROUP]):
        held = flags.get((span.start, span.end, span.label_), frozenset())
        found = (
            known[number]
            if number < len(known)
            else Found(span.start_char, span.end_char, span.label_, span.kb_id_ or span.text.lower(), f"component#{span.label_}")
        )
        out.append(replace(found, context=found.context | held))
    return out


def _mention(note: Note, sentence: Sentence, found: Found, inherited: frozenset[str]) -> Mention:
    start, end = sentence.start + found.start, sentence.start + found.end
    return Mention(
        note.note_id,
        found.label,
        found.concept,
        start,
        end,
        note.text[start:end],
        found.rule_id,
        sentence.section,
        found.context | inherited,
        found.value,
    )


def _order(m: Found | Mention) -> tuple[int, int, str, str, str]:
    return (m.start, -m.end, m.label, m.concept, m.rule_id)


WHOLE_DATES = {f"dates#{form}": ("NAME", "PART") for form in ("iso", "numeric", "month_year_numeric")}
"""The numbers of a date with its year name nothing else: "RLL nodule 3/2019", "right rib 10/09/2018"."""
BLOCK = 32
"""Characters within which rivals are looked for."""


def resolve(
    candidates: Sequence[Candidate], hides: Mapping[str, tuple[str, ...]], rank: Mapping[str, int]
) -> tuple[tuple[Candidate, ...], tuple[tuple[Candidate, str], ...]]:
    """Settle overlaps: of one label the longest stays (of equals that of the earlier rule), and a rule may hide other labels in its words.

    Returns what stays, in order, and what does not, with the reason.
    """
    kept: list[Candidate] = []
    near: dict[int, list[int]] = {}
    lost: list[tuple[Candidate, str]] = []
    for one in sorted(candidates, key=lambda m: (m.rule_id not in hides, m.start - m.end, rank.get(m.rule_id, -1), *_order(m))):
        blocks = range(one.start // BLOCK, one.end // BLOCK + 1)
        beside = (kept[n] for n in sorted({n for block in blocks for n in near.get(block, ())}))
        rival = next(
            (
                k
                for k in beside
                if k.start < one.end and one.start < k.end and (k.label == one.label or one.label in hides.get(k.rule_id, ()))
            ),
            None,
        )
        if rival is None:
            for block in blocks:
                near.setdefault(block, []).append(len(kept))
            kept.append(one)
        else:
            lost.append((one, f"overlaps {rival.rule_id} in the same words"))
    return tuple(sorted(kept, key=_order)), tuple(lost)
