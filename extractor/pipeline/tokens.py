"""Where the tokens of a sentence begin and end, as medspaCy's tokenizer has it, told once for each word.

The tokenizer reads a text white space by white space, so that a sentence's tokens are those of its words. spaCy takes a second to import and keeps every
string that it ever saw. So its tables (exceptions, and the patterns of what stands before, behind and within a word) are kept between runs, and texts are
parted here as ``spacy.tokenizer`` parts them. Tests prove both alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from importlib.metadata import version
from itertools import accumulate, pairwise
from typing import Any

from extractor.kept import kept
from extractor.patterns import re

Offsets = tuple[tuple[int, int], ...]
"""Half-open characters of each token."""
RUN = re.compile(r"\s+|\S+")
MOST_WORDS = 100_000
"""Words that are remembered."""
PARTING = r"""[!"\#\$%\&'\(\)\*\+,\-/:;<=>\?@\[\\\]\^_`\{\|\}\~]"""
"""Signs that part a token into two: all of ASCII but the stop, as medspaCy has it."""


class Tokens:
    """The tokens of sentences."""

    def __init__(self) -> None:
        self._known: dict[str, Offsets | None] = {}

    @cached_property
    def _words(self) -> Words:
        return Words(kept([version("spacy")], ("pipeline/tokens.py",), lambda: _tables(tokenizer())))

    def __call__(self, text: str) -> tuple[list[int], list[int]]:
        """Where the tokens of a text begin, and where they end."""
        found: list[tuple[int, int]] = []
        for at, word in _words(text):
            own = self._of(word)
            if own is None:
                found = self._words.of_text(text)
                break
            found += [(at + start, at + end) for start, end in own]
        return [start for start, _ in found], [end for _, end in found]

    def _of(self, word: str) -> Offsets | None:
        """The tokens of a word; None for one with a face in it, ":)", which may take signs of the words beside it."""
        if word not in self._known:
            if len(self._known) >= MOST_WORDS:
                self._known.clear()
            own = self._words.of_text(word)
            self._known[word] = None if any(word[a:b] in self._words.faces for a, b in own) else tuple(own)
        return self._known[word]


def _words(text: str) -> Iterator[tuple[int, str]]:
    """Each run of signs or of white space with its place; the blank behind a word is none."""
    for match in RUN.finditer(text):
        at, word = match.start(), match[0]
        if word[0] == " " and at:
            at, word = at + 1, word[1:]
        if word:
            yield at, word


def _offsets(texts: Iterable[str], at: int) -> list[tuple[int, int]]:
    """Of tokens that stand one behind another."""
    ends = list(accumulate(map(len, texts), initial=at))
    return list(pairwise(ends))


class Words:
    """Parts texts into tokens by the tables of a tokenizer (``_tables``)."""

    def __init__(self, tables: Mapping[str, Any]) -> None:
        self.faces = frozenset(tables["faces"])
        self._exceptions: Mapping[str, list[str]] = tables["exceptions"]
        self._before, self._behind, self._within = (re.compile(tables[name]) for name in ("before", "behind", "within"))
        self._amid: dict[str, list[list[str]]] = {}
        for tokens in tables["amid"]:
            self._amid.setdefault(tokens[0], []).append(tokens)

    def of_text(self, text: str) -> list[tuple[int, int]]:
        """Where the tokens of a text stand."""
        found = [p for at, word in _words(text) for p in _offsets([word] if word.isspace() else self.parted(word, self._exceptions), at)]
        texts = [text[a:b] for a, b in found]
        amid = [(at, at + len(o)) for at, t in enumerate(texts) for o in self._amid.get(t, ()) if texts[at : at + len(o)] == o]
        for first, end in sorted(_longest(amid), reverse=True):
            start = found[first][0]
            own = self._exceptions.get(text[start : found[end - 1][1]])
            if own:
                found[first:end] = _offsets(own, start)
        return found

    def parted(self, word: str, exceptions: Mapping[str, list[str]]) -> list[str]:
        """The tokens of a word, as ``Tokenizer._tokenize`` finds them: what stands before and behind is taken off until an exception is left or nothing to take."""
        before: list[str] = []
        behind: list[str] = []
        last = 0
        while word and len(word) != last and word not in exceptions:
            last = len(word)
            ahead = _length(self._before.search(word))
            if ahead and word[ahead:] in exceptions:
                before.append(word[:ahead])
                word = word[ahead:]
                break
            after = _length(self._behind.search(word[ahead:]))
            if after and word[:-after] in exceptions:
                behind.append(word[-after:])
                word = word[:-after]
                break
            both = ahead and after and ahead + after <= len(word)
            if ahead:
                before.append(word[:ahead])
            if after and (both or not ahead):
                behind.append(word[-after:])
                word = word[: len(word) - after]
            word = word[ahead:]
        return [*before, *(exceptions.get(word) or self._split(word)), *reversed(behind)]

    def _split(self, word: str) -> Iterator[str]:
        """A word cut at what stands within it."""
        start = 0
        for match in self._within.finditer(word):
            if match.start() == 0:
                continue
            if match.start() != start:
                yield word[start : match.start()]
            if match.start() != match.end():
                yield match[0]
            start = match.end()
        if word[start:]:
            yield word[start:]


def _longest(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """As ``Tokenizer._filter_special_spans``: the longest first, of equals the earlier, without those whose ends another one looked at before holds."""
    seen: set[int] = set()
    for start, end in sorted(spans, key=lambda s: (s[0] - s[1], s[0])):
        if start not in seen and end - 1 not in seen:
            yield start, end
        seen.update(range(start, end))


def _length(match: re.Match[str] | None) -> int:
    return match.end() - match.start() if match else 0


def _tables(tokenizer: Any) -> dict[str, Any]:
    """What a tokenizer goes by, as JSON can hold it. ``amid`` are the tokens of exceptions that it looks for amid others."""
    from spacy.attrs import ORTH  # type: ignore[import-not-found]
    from spacy.lang.tokenizer_exceptions import emoticons

    exceptions = {word: [part[ORTH] for part in parts] for word, parts in tokenizer.rules.items()}
    patterns = {
        "before": tokenizer.prefix_search.__self__.pattern,
        "behind": tokenizer.suffix_search.__self__.pattern,
        "within": tokenizer.infix_finditer.__self__.pattern,
    }
    tables = {"faces": sorted(emoticons), "exceptions": exceptions, **patterns, "amid": []}
    words = Words(tables)
    found = (
        words.parted(word, {})
        for word in exceptions
        if tokenizer.find_prefix(word) or tokenizer.find_infix(word) or tokenizer.find_suffix(word) or " " in word
    )
    return {**tables, "amid": sorted(found)}


def tokenizer() -> Any:
    """A tokenizer like ``medspacy.custom_tokenizer``'s, without medspaCy, whose import takes three seconds more."""
    import spacy
    from spacy.tokenizer import Tokenizer  # type: ignore[import-not-found]
    from spacy.util import compile_infix_regex, compile_prefix_regex, compile_suffix_regex

    nlp: Any = spacy.blank("en")
    defaults = nlp.Defaults
    return Tokenizer(
        nlp.vocab,
        dict(defaults.tokenizer_exceptions or {}),
        prefix_search=compile_prefix_regex(defaults.prefixes or []).search,
        suffix_search=compile_suffix_regex(defaults.suffixes or []).search,
        infix_finditer=compile_infix_regex([*(defaults.infixes or []), PARTING]).finditer,
        token_match=nlp.tokenizer.token_match,
    )
