"""What ``Reader`` does unless it is to be ``plain``: the same candidates of a sentence, found where their words stand and nowhere else.

    words -> scan: which patterns can match? -> those alone -> ConText, where a cue stands

Sentences are remembered: much of a chart's text is copied forward; and so are their shapes, for templates are filled in with other numbers: patterns that
match no digits in their place are not tried again. What a date means depends on the day of the note, so a sentence with a date is
remembered for each day. Neither spaCy nor medspaCy is asked for a Doc; ``tests/pipeline/test_scan.py`` proves the result that of the whole pipeline.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, partial

from extractor.model import CONTEXT, alike
from extractor.patterns import re
from extractor.pipeline.context import reach, unticked
from extractor.pipeline.dates import FORMS, Form, find_dates, standing
from extractor.pipeline.found import Found
from extractor.pipeline.measures import MEASURING, find_measures, told_places
from extractor.pipeline.needs import blinded
from extractor.pipeline.scan import Scan
from extractor.pipeline.scope import Cue, modifiers, touched
from extractor.pipeline.tokens import Tokens
from extractor.rules import Modifier, Rules

REMEMBERED = 20_000
"""Sentences that are remembered."""
WORTH = 8
"""Sentences of a shape after which it pays to ask which of its patterns look at the digits: some milliseconds a pattern."""
FORM = "dates#{:02}"


Spans = Mapping[str, Sequence[tuple[int, int]]]
NO_SPANS: Spans = {}


@cache
def compiled(regex: str) -> re.Pattern[str]:
    """A rule's pattern; most of a note's rules are never tried."""
    return re.compile(regex, re.IGNORECASE)


class Skim:
    """Finds the candidates of sentences by some rules."""

    def __init__(self, rules: Rules, tokens: Tokens, remembered: int = REMEMBERED) -> None:
        self._rules = {r.rule_id: r for r in rules.targets}
        self._forms = {FORM.format(n): form for n, form in enumerate(FORMS)}
        self._regexes = (
            {i: r.regex for i, r in self._rules.items()}
            | {p: p for p in MEASURING}
            | {n: f.pattern.pattern for n, f in self._forms.items()}
            | {m.rule_id: m.regex for m in rules.modifiers}
        )
        self._ruled = self._rules.keys() | {m.rule_id for m in rules.modifiers}
        self._scan = Scan(self._regexes).ready()  # before any chart, whose time is limited
        self._context = Context(rules.modifiers, tokens)
        self._remembered = remembered
        self._known: dict[str, tuple[Found, ...] | _Dated] = {}
        self._shapes: dict[str, _Seen | _Shape] = {}

    def __call__(self, words: str, written: date, day_first: bool) -> tuple[Found, ...]:
        """The candidates of a sentence."""
        known = self._known.get(words)
        if known is None:
            if len(self._known) >= self._remembered:
                self._known.clear()
            known = self._read(words)
            if self._remembered:
                self._known[words] = known
        return known(words, written, day_first) if isinstance(known, _Dated) else known

    def _read(self, words: str) -> tuple[Found, ...] | _Dated:
        shape = alike(words)
        if shape == words or not self._remembered:
            return self._found(words, self._scan(words))
        known = self._shapes.get(shape)
        if known is None:
            if len(self._shapes) >= self._remembered:
                self._shapes.clear()
            known = self._shapes[shape] = _Seen(self._scan(shape))
        if isinstance(known, _Seen):
            known.times += 1
            if known.times < WORTH:
                return self._found(words, known.can)
            known = self._shapes[shape] = self._shape(shape, known.can)
        return known.found if known.found is not None else self._found(words, known.can, known.spans)

    def _shape(self, shape: str, can: set[str]) -> _Shape:
        """What a shape tells of all its sentences: which patterns can match whatever the digits, and the candidates where none of them looks at these."""
        left = {name for name in can if (blind := blinded(self._regexes[name])) is None or blind.search(shape)}
        targets = left & self._rules.keys()
        open_ = targets - self._scan.blind or left & MEASURING or left & self._forms.keys()
        if open_ or (targets and (left != targets or unticked(shape))):
            alike = left & self._scan.blind & self._ruled
            return _Shape(left, spans={name: [m.span() for m in compiled(self._regexes[name]).finditer(shape)] for name in alike})
        return _Shape(left, tuple(self._targets(shape, left)))

    def _found(self, words: str, can: set[str], known: Spans = NO_SPANS) -> tuple[Found, ...] | _Dated:
        if not can:
            return ()
        said = list(self._targets(words, can, known))
        said += find_measures(words, told_places(said), MEASURING & can)
        forms = standing(words, [self._forms[name] for name in sorted(self._forms.keys() & can)])
        return _Dated(said, forms, partial(self._context, can=can, known=known)) if forms else self._context(words, said, can, known)

    def _targets(self, words: str, can: set[str], known: Spans = NO_SPANS) -> Iterable[Found]:
        for rule_id in sorted(self._rules.keys() & can):
            rule = self._rules[rule_id]
            for start, end in _spans(rule_id, rule.regex, words, known):
                yield Found(start, end, rule.label, rule.concept, rule_id, None, rule.context)


def _spans(rule_id: str, regex: str, words: str, known: Spans) -> Sequence[tuple[int, int]]:
    """Where a rule's pattern matches a sentence; ``known`` are those of patterns that match all sentences of its shape in the same places."""
    found = known.get(rule_id)
    return [m.span() for m in compiled(regex).finditer(words)] if found is None else found


@dataclass(slots=True)
class _Seen:
    """A shape that was met so many times; ``can`` are the patterns that can match it."""

    can: set[str]
    times: int = 0


@dataclass(frozen=True, slots=True)
class _Shape:
    """Sentences that differ in their digits alone: ``can`` are the patterns that can match any of them, ``found`` the candidates where all have the same.

    ``spans`` are the places of patterns of rules to which all digits are alike.
    """

    can: set[str]
    found: tuple[Found, ...] | None = None
    spans: Spans = field(default_factory=dict)


class _Dated:
    """A sentence in which a date may stand."""

    def __init__(self, said: Sequence[Found], forms: Sequence[Form], context: Callable[[str, Sequence[Found]], tuple[Found, ...]]) -> None:
        self._said, self._forms, self._context = said, forms, context
        self._known: dict[tuple[date, bool], tuple[Found, ...]] = {}

    def __call__(self, words: str, written: date, day_first: bool) -> tuple[Found, ...]:
        """The candidates of the sentence in a note of this day."""
        key = (written, day_first)
        if key not in self._known:
            self._known[key] = self._context(words, [*self._said, *find_dates(words, written, day_first, self._forms)])
        return self._known[key]


class Context:
    """What holds of each candidate of a sentence, by its cues and its boxes."""

    def __init__(self, rules: Sequence[Modifier], tokens: Tokens) -> None:
        self._tokens = tokens
        self._rules = {r.rule_id: r for r in rules}
        self._rank = {r.rule_id: n for n, r in enumerate(rules)}
        self._cue = {r.rule_id: _cue(r) for r in rules}
        self._of = {name: [r.rule_id for r in rules if _is_of(r, name)] for name in CONTEXT}
        self._speaks = {r.rule_id: r.context for r in rules if r.context and r.direction not in ("TERMINATE", "PSEUDO")}

    def __call__(self, words: str, said: Sequence[Found], can: AbstractSet[str], known: Spans = NO_SPANS) -> tuple[Found, ...]:
        """The candidates with what holds of them; ``can`` are the rules that can match the sentence, others may be among them."""
        if not said:
            return ()
        cues = self._cues(words, can, known)
        names = {self._speaks[rule_id] for rule_id in cues if rule_id in self._speaks}
        empty = unticked(words)
        if not names and not empty:
            return tuple(said)
        starts, ends = self._tokens(words)
        spans = {(*touched(starts, ends, f.start, f.end), f.label) for f in said}
        held: dict[tuple[int, int, str], set[str]] = {}
        for name in names:
            own = [(low, high, self._cue[i]) for i in self._of[name] for low, high in cues.get(i, ())]
            for modifier in modifiers(starts, own):
                for span in spans:
                    if modifier.reaches(*span):
                        held.setdefault(span, set()).add(name)
        for span in spans if empty else ():
            if any(low < ends[span[1] - 1] <= high for low, high in empty):
                held.setdefault(span, set()).add("negated")
        none: set[str] = set()
        return tuple(
            replace(f, context=f.context | more) if (more := held.get((*touched(starts, ends, f.start, f.end), f.label), none)) else f
            for f in said
        )

    def _cues(self, words: str, can: AbstractSet[str], known: Spans) -> dict[str, Sequence[tuple[int, int]]]:
        """Where the cues stand that a sentence holds, by rule."""
        found = {}
        for rule_id in sorted(self._rank.keys() & can, key=self._rank.__getitem__):
            places = _spans(rule_id, self._rules[rule_id].regex, words, known)
            if places:
                found[rule_id] = places
        return found


def _is_of(rule: Modifier, name: str) -> bool:
    """True if the ConText of a category has this rule."""
    return name in (rule.context, *rule.ends) or (rule.direction == "PSEUDO" and rule.context in ("", name))


def _cue(rule: Modifier) -> Cue:
    labels = frozenset(label.upper() for label in rule.labels)
    return Cue(rule.context.upper() or rule.direction, rule.direction, reach(rule), labels or None)
