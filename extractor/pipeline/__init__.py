"""One note to mentions.

    text -> sections -> sentences            (characters of the whole note)
         -> targets -> measures -> dates -> context   (a small Doc per sentence)
         -> resolve                          (overlaps, with the reason)

ConText never looks past a sentence, so the sentence is the unit of work: no cost grows with the square of the note.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache, partial
from typing import cast

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from extractor.model import Mention, Note, ReadNote, Section, Sentence, flat
from extractor.pipeline import context, sentences, targets
from extractor.pipeline.dates import find_dates
from extractor.pipeline.found import Found
from extractor.pipeline.grids import read_tables
from extractor.pipeline.measures import find_measures
from extractor.pipeline.sections import Sections
from extractor.pipeline.targets import GROUP, Targets
from extractor.rules import Rules

with warnings.catch_warnings():
    from medspacy.custom_tokenizer import create_medspacy_tokenizer

Component = Callable[[Doc], Doc]
__all__ = ["Reader", "build"]


REMEMBERED = 20_000
"""Sentences whose mentions a reader remembers: much of a chart's text is copied forward."""


class Measures:
    """spaCy component: sizes, margins, counts."""

    def __call__(self, doc: Doc) -> Doc:
        """Add the measures of a sentence."""
        for found in find_measures(doc.text, _told_places(doc.user_data[GROUP])):
            targets.add(doc, found)
        return doc


def _told_places(found: Iterable[Found]) -> list[tuple[int, int]]:
    """The characters of places, names and tumours that a size can stand beside; "medial 4 mm" is a direction."""
    return [
        (f.start, f.end)
        for f in found
        if f.label in ("SITE", "NAME", "HISTOLOGY")
        or (f.label == "PART" and f.concept.split(":")[0] not in ("height", "depth", "breadth", "bulk"))
    ]


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
    every component of the pipeline; otherwise a sentence in which nothing can be found is left untokenized, with the same result.
    """

    def __init__(
        self,
        rules: Rules,
        note_components: Sequence[Component] = (),
        sentence_components: Sequence[Component] = (),
        plain: bool = False,
    ) -> None:
        self.rules = rules
        self._sections = Sections(rules.headings)
        self._hides = {t.rule_id: t.hides for t in rules.targets if t.hides}
        self._rank = {t.rule_id: n for n, t in enumerate(rules.targets)}
        self._nlp = _sentence_language(rules, sentence_components, plain)
        self._note_components = tuple(note_components)
        read = partial(_run if plain or sentence_components else _skim, self._nlp)
        # A component of a user's own may say something else of the same words the next time.
        self._found = read if sentence_components else lru_cache(REMEMBERED)(read)

    @property
    def nlp(self) -> Language:
        """The medspaCy pipeline that reads one sentence; ``nlp.pipe_names`` is its table of contents."""
        return self._nlp

    def read(self, note: Note, day_first: bool = False) -> ReadNote:
        """All mentions of a note, sorted by start; offsets are those of ``note.text``."""
        sections = self._sections(note.text)
        read: list[Sentence] = []
        lost: list[tuple[Mention, str]] = []
        for sentence in sentences.split(note.text, sections):
            kept, dropped = self._sentence(note, sentence, day_first)
            read.append(replace(sentence, mentions=kept))
            lost.extend(dropped)
        read = _with_grids(note, self._whole_note(note, sections, read))
        mentions = tuple(m for s in read for m in s.mentions)
        return ReadNote(note, sections, tuple(read), mentions, tuple(lost))

    def _sentence(self, note: Note, sentence: Sentence, day_first: bool) -> tuple[tuple[Mention, ...], list[tuple[Mention, str]]]:
        words = note.text[sentence.start : sentence.end]
        found = self._found(flat(words), note.note_date, day_first)
        inherited = self._sections.context.get(sentence.section, frozenset())
        mentions = [_mention(note, sentence, f, inherited) for f in found]
        return resolve(mentions, self._hides, self._rank)

    def _whole_note(self, note: Note, sections: Sequence[Section], read: list[Sentence]) -> list[Sentence]:
        if not self._note_components:
            return read
        doc = self._nlp.make_doc(note.text)
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
    rules: Rules, note_components: Sequence[Component] = (), sentence_components: Sequence[Component] = (), plain: bool = False
) -> Reader:
    """A reader for these rules; ``plain`` for the reference path."""
    return Reader(rules, note_components, sentence_components, plain)


def _sentence_language(rules: Rules, extra: Iterable[Component], plain: bool) -> Language:
    nlp = spacy.blank("en")
    nlp.tokenizer = create_medspacy_tokenizer(nlp)
    steps: list[tuple[str, Component]] = [("targets", Targets(nlp, rules.targets, plain)), ("measures", Measures()), ("dates", Dates())]
    steps += [(getattr(c, "__name__", type(c).__name__), c) for c in extra]
    steps.append(("context", context.Context(nlp, rules.modifiers, GROUP, plain)))
    for name, component in steps:
        nlp._components.append((name, component))  # instances hold rules, which spaCy's config cannot carry
    return nlp


def _run(nlp: Language, words: str, written: date, day_first: bool) -> tuple[Found, ...]:
    """The candidates of a sentence by every component of the pipeline: the reference."""
    doc = _doc(nlp, words)
    doc.user_data.update({"written": written, "day_first": day_first})
    for _, component in nlp.pipeline:
        doc = component(doc)
    return tuple(_found(doc))


def _skim(nlp: Language, words: str, written: date, day_first: bool) -> tuple[Found, ...]:
    """The same by the shipped components alone: words are looked for first, and only a sentence that has any is tokenized for ConText."""
    component = dict(nlp.pipeline)
    said = cast(Targets, component["targets"]).find(words)
    found = [*said, *find_measures(words, _told_places(said)), *find_dates(words, written, day_first)]
    if not found:
        return ()
    doc = _doc(nlp, words)
    for one in found:
        targets.add(doc, one)
    return tuple(_found(component["context"](doc)))


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


def _order(m: Mention) -> tuple[int, int, str, str, str]:
    return (m.start, -m.end, m.label, m.concept, m.rule_id)


def resolve(
    mentions: Sequence[Mention], hides: Mapping[str, tuple[str, ...]], rank: Mapping[str, int]
) -> tuple[tuple[Mention, ...], list[tuple[Mention, str]]]:
    """Settle overlaps: of one label the longest stays (of equals that of the earlier rule), and a rule may hide other labels in its words.

    Returns what stays, in order, and what does not, with the reason.
    """
    kept: list[Mention] = []
    lost: list[tuple[Mention, str]] = []
    for mention in sorted(mentions, key=lambda m: (m.rule_id not in hides, m.start - m.end, rank.get(m.rule_id, -1), *_order(m))):
        rival = next(
            (
                k
                for k in kept
                if k.start < mention.end
                and mention.start < k.end
                and (k.label == mention.label or mention.label in hides.get(k.rule_id, ()))
            ),
            None,
        )
        if rival is None:
            kept.append(mention)
        else:
            lost.append((mention, f"overlaps {rival.rule_id} in the same words"))
    return tuple(sorted(kept, key=_order)), lost
