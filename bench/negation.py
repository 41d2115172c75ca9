"""Negation by the shipped context rules on the NegEx test sentences (third-party; not part of this project).

    python bench/negation.py FILE      FILE: rsAnnotations-1-120-random.txt

The marked condition of each sentence is the target. Sentences fall into two halves by a hash of their words, so that a repeated sentence
stays on one side: half 0 may be looked at when rules are mended, half 1 is only scored. (The file names no reports; a split by report
is not possible from it.)
"""

from __future__ import annotations

import csv
import hashlib
import sys
from datetime import date
from pathlib import Path

from spacy.tokens import Doc

from extractor.model import Note
from extractor.pipeline import build
from extractor.rules import load


class Condition:
    """Sentence component: puts the marked condition among the targets."""

    words = ""

    def __call__(self, doc: Doc) -> Doc:
        """Add the first place of the condition."""
        at = doc.text.lower().find(self.words.lower())
        span = doc.char_span(at, at + len(self.words), label="COMPLICATION", alignment_mode="expand") if at >= 0 else None
        if span is not None:
            doc.spans["found"].append(span)
        return doc


def half(sentence: str) -> int:
    """0 or 1 by the words of a sentence."""
    return int(hashlib.sha256(" ".join(sentence.lower().split()).encode()).hexdigest(), 16) % 2


def main(path: Path) -> None:
    """Print precision, recall and F of negation, by half."""
    condition = Condition()
    reader = build(load(), sentence_components=[condition])
    counts = {0: [0, 0, 0], 1: [0, 0, 0]}
    with path.open(encoding="latin-1", newline="") as lines:
        for row in list(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]:
            words, sentence = row[1].strip().strip('"'), row[2].strip().strip('"')
            at = sentence.upper().find(words.upper())
            if at < 0:
                continue  # the condition was cut off with the sentence
            condition.words = sentence[at : at + len(words)].lower()
            text = sentence[:at] + condition.words + sentence[at + len(words) :]
            read = reader.read(Note("n", "p", date(2020, 1, 1), text))
            got = any(m.has("negated") for m in read.mentions if m.rule_id.startswith("component#"))
            gold = row[3].lower().startswith("negated")
            found = counts[half(row[2])]
            found[0] += got and gold
            found[1] += got and not gold
            found[2] += gold and not got
    for number, (tp, fp, fn) in counts.items():
        print(
            f"half {number}: precision {tp / (tp + fp):.3f} recall {tp / (tp + fn):.3f} F {2 * tp / (2 * tp + fp + fn):.3f} ({tp + fn} negated)"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
