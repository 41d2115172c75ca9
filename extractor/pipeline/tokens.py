"""Where the tokens of a sentence begin and end, by medspaCy's tokenizer, which is asked once for each word.

The tokenizer reads a text white space by white space, so that a sentence's tokens are those of its words. spaCy keeps every string that it ever saw, and takes
a second to import: it is imported when a word comes that letters alone do not make up.
"""

from __future__ import annotations

from typing import Any

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
        self._tokenizer: Any = None

    def __call__(self, text: str) -> tuple[list[int], list[int]]:
        """Where the tokens of a text begin, and where they end."""
        found: list[tuple[int, int]] = []
        for match in RUN.finditer(text):
            at, word = match.start(), match[0]
            if word[0] == " " and at:  # the blank behind a word is no token
                at, word = at + 1, word[1:]
            own = self._of(word) if word else ()
            if own is None:
                found = [(t.idx, t.idx + len(t)) for t in self._loaded()(text)]
                break
            found += [(at + start, at + end) for start, end in own]
        return [start for start, _ in found], [end for _, end in found]

    @property
    def strings(self) -> int:
        """How many words spaCy keeps."""
        return len(self._tokenizer.vocab.strings) if self._tokenizer else 0

    def forget(self) -> None:
        """Give back the memory of words."""
        self._known.clear()
        self._tokenizer = None

    def _of(self, word: str) -> Offsets | None:
        """The tokens of a word; None for one with a face in it, ":)", which may take signs of the words beside it."""
        if word not in self._known:
            if len(self._known) >= MOST_WORDS:
                self._known.clear()
            from spacy.lang.tokenizer_exceptions import emoticons

            tokens = list(self._loaded()(word))
            face = any(t.text in emoticons for t in tokens)
            self._known[word] = None if face else tuple((t.idx, t.idx + len(t)) for t in tokens)
        return self._known[word]

    def _loaded(self) -> Any:
        if self._tokenizer is None:
            self._tokenizer = tokenizer()
        return self._tokenizer


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
