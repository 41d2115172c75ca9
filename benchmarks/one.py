"""One measurement in a process of its own: ``python benchmarks/one.py WHAT NOTES [options as JSON]`` prints seconds and peak memory as JSON.

``stock`` is medspaCy's default pipeline (PyRuSH, TargetMatcher, ConText) with the shipped rules; ``tokenizer`` is spaCy's alone.
Seconds are the processor's, but for ``loop``, ``spark`` and with ``wall``. Building a pipeline is not counted, for none of them; for the whole job of ``extractor`` it is (``extract``), and its reading alone is ``read``.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any


def texts(path: Path) -> list[str]:
    """The notes' words."""
    with path.open(encoding="utf-8") as file:
        return [json.loads(line)["text"] for line in file]


def stock(path: Path, _: dict[str, Any]) -> float:
    """Stock medspaCy with the same targets and modifiers."""
    import medspacy
    from medspacy.context import ConTextRule
    from medspacy.target_matcher import TargetRule

    from extractor import rules as rule_files

    rules = rule_files.load()
    nlp = medspacy.load(medspacy_enable=["medspacy_pyrush", "medspacy_target_matcher", "medspacy_context"], load_rules=False)
    nlp.get_pipe("medspacy_target_matcher").add([TargetRule(r.rule_id, r.label, pattern=r.regex) for r in rules.targets])
    nlp.get_pipe("medspacy_context").add(
        [ConTextRule(r.rule_id, r.context.upper() or r.direction, direction=r.direction, pattern=r.regex) for r in rules.modifiers]
    )
    return _timed(nlp, texts(path))


def tokenizer(path: Path, _: dict[str, Any]) -> float:
    """spaCy's tokenizer alone."""
    import spacy

    return _timed(spacy.blank("en").tokenizer, texts(path))


def edsnlp(path: Path, _: dict[str, Any]) -> float:
    """EDS-NLP with the rules' patterns, negation, hypothesis, history and dates."""
    import edsnlp as eds

    from extractor import rules as rule_files

    nlp = eds.blank("eds")
    for pipe in ("eds.normalizer", "eds.sentences"):
        nlp.add_pipe(pipe)
    nlp.add_pipe("eds.matcher", config={"regex": {r.rule_id: r.regex for r in rule_files.load().targets}})
    for pipe in ("eds.negation", "eds.hypothesis", "eds.history", "eds.dates"):
        nlp.add_pipe(pipe)
    return _timed(nlp, texts(path))


def read(path: Path, options: dict[str, Any]) -> float:
    """Our pipeline alone: notes to mentions. ``again``: a second time over what it remembers; ``forget``: nothing is remembered; ``rules``: so many more."""
    from dataclasses import replace
    from datetime import date

    from extractor import pipeline
    from extractor import rules as rule_files
    from extractor.model import Note

    rules = rule_files.load()
    more = [replace(rules.targets[0], rule_id=f"more#{n}", regex=rf"\b(?:zq{n:05}x|yq{n:05}x)\b") for n in range(options.get("rules", 0))]
    kept = 0 if options.get("forget") else pipeline.REMEMBERED
    reader = pipeline.build(replace(rules, targets=(*rules.targets, *more)), plain=bool(options.get("plain")), remembered=kept)
    notes = [Note(str(n), "p", date(2020, 6, 1), t) for n, t in enumerate(texts(path))]
    cold = _timed(reader.read, notes)
    return _timed(reader.read, notes) if options.get("again") else cold


def charts(path: Path, options: dict[str, Any]) -> float:
    """Notes to rows as text in one process, nothing remembered from sentence to sentence: what grows with a note's length and nothing else."""
    from datetime import date

    from extractor import pipeline
    from extractor import rules as rule_files
    from extractor.confidence.accept import prepare
    from extractor.model import Note
    from extractor.normalizer import abstract
    from extractor.run.work import rendered
    from extractor.tables import rows

    rules = rule_files.load()
    judge, reader = prepare(rules.digest, None, None).judge, pipeline.build(rules, remembered=0)

    def whole(text: str) -> list[str]:
        return [rendered(records) for records in rows(abstract([Note("n", "p", date(2020, 6, 15), text)], reader), judge)[0].values()]

    whole(texts(path)[0][:2_000])  # patterns are compiled at first need
    return _timed(whole, texts(path))


def extract(path: Path, options: dict[str, Any]) -> float:
    """The whole job by the command: start, read, abstract, write."""
    with tempfile.TemporaryDirectory() as scratch:
        command = [
            sys.executable,
            "-m",
            "extractor",
            "extract",
            str(path),
            "--out",
            f"{scratch}/out",
            "--workers",
            str(options.get("workers", 1)),
        ]
        began, used = time.perf_counter(), os.times()
        subprocess.run(command, check=True, capture_output=True)
        now = os.times()
        if options.get("wall"):
            return time.perf_counter() - began
        return now.children_user + now.children_system - used.children_user - used.children_system


def spark(path: Path, options: dict[str, Any]) -> float:
    """The whole job on Spark, seconds of the clock within a session that was made before; ``again``: its second run, when executors have their readers.

    ``session`` counts what it takes to have that session instead.
    """
    from extractor import spark as engine

    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch, engine.session(f"local[{options.get('workers', 1)}, 4]") as own:
        if options.get("session"):
            return time.perf_counter() - began
        for _ in range(2 if options.get("again") else 1):
            began = time.perf_counter()
            engine.extract(str(path), f"{scratch}/out", force=True, partitions=2 * options.get("workers", 1), spark=own)
        return time.perf_counter() - began


def loop(_: Path, options: dict[str, Any]) -> float:
    """A bare loop in each of so many processes: what this machine gains from them."""
    code = "x = 0\nfor i in range(60_000_000): x += i"
    began = time.perf_counter()
    running = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(options.get("workers", 1))]
    for process in running:
        process.wait()
    return time.perf_counter() - began


def _timed(ask: Callable[[Any], Any], items: Iterable[Any]) -> float:
    """Processor seconds: what others do on the machine meanwhile counts less."""
    began = time.process_time()
    for item in items:
        ask(item)
    return time.process_time() - began


if __name__ == "__main__":
    what, source, options = sys.argv[1], Path(sys.argv[2]), json.loads(sys.argv[3] if len(sys.argv) > 3 else "{}")
    kept = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # PyRuSH prints the notes' tokens
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    seconds = {f.__name__: f for f in (stock, tokenizer, edsnlp, read, charts, extract, spark, loop)}[what](source, options)
    memory = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
    os.write(kept, json.dumps({"seconds": seconds, "megabytes": memory}).encode())
