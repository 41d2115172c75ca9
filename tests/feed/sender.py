"""A feeding in a process of its own, to be killed: ``python tests/feed/sender.py OUT URL``, the token in the environment. Its waits are short."""

from __future__ import annotations

import random
import sys
from pathlib import Path

from extractor.errors import FeedError
from extractor.feed.client import secrets
from extractor.feed.deliver import Limits
from extractor.feed.pace import Pace
from extractor.feed.run import Feed, feed


def quick(seed: int = 0) -> Pace:
    """A pace whose waits are hundredths of seconds."""
    return Pace(first=0.01, longest=0.05, dice=random.Random(seed))


PATIENT = Limits(attempts=40, patience=60)


def main(out: str, url: str) -> int:
    """Feed once; 0 if all was delivered."""
    try:
        _, sent = feed(Path(out), Feed(url, secrets(), limits=PATIENT, timeout=2, most_withdrawn=1), quick())
    except FeedError as error:
        print(error, file=sys.stderr)
        return 2
    return 1 if sent.stopped or sent.refused else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
