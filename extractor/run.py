"""Many charts: read, abstract, write. A chart that fails costs only itself."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from extractor import rules as rule_files
from extractor.confidence import Rated
from extractor.confidence.accept import Review, in_order, prepare, review
from extractor.errors import InputError
from extractor.model import Note
from extractor.normalizer import abstract
from extractor.notes import Options, Reject, by_patient, read_notes
from extractor.pipeline import Reader, build
from extractor.tables import Writer, replacing, write_rejects, write_review, write_run
from extractor.version import VERSION, code

Progress = Callable[[int, int], None]
"""Called with (charts done, charts in all)."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run did."""

    out: Path
    notes: int
    charts: int
    rejects: int
    counts: Mapping[str, int]
    accepted: str = ""
    """With ``accept``: what is promised, or why nothing is."""


def extract(
    source: str | Path,
    out: Path,
    *,
    options: Options | None = None,
    rule_dirs: Iterable[Path] = (),
    format: str = "csv",
    force: bool = False,
    strict: bool = False,
    debug: bool = False,
    progress: Progress | None = None,
    accept: float | None = None,
    calibration: Path | None = None,
) -> Summary:
    """Abstract every chart of ``source`` and write the cohort tables to ``out``.

    ``accept`` is the share of accepted claims that shall be right, by ``calibration`` (default: the shipped file). Raises InputError, RuleError or OutputError; with ``strict`` also for the first reject.
    """
    rules = rule_files.load(*rule_dirs)
    acceptance = prepare(rules.digest, accept, calibration)
    with replacing(out, force) as folder:
        reader = build(rules)
        rejects: list[Reject] = []
        notes: list[Note] = []
        for item in read_notes(source, options):
            if isinstance(item, Note):
                notes.append(item)
            elif strict:
                raise InputError(f"{item.file}: {item.row}: {item.reason} (--strict)")
            else:
                rejects.append(item)
        charts = by_patient(notes)
        writer = Writer(folder, format, acceptance.judge)
        reviews: list[Review] = []
        for number, (patient, own) in enumerate(charts.items(), 1):
            rated = _one(patient, own, reader, writer, rejects, debug)
            reviews += [review(patient, rated)] if rated else []
            if progress:
                progress(number, len(charts))
        writer.close()
        write_rejects(folder, rejects)
        if accept is not None:
            write_review(folder, in_order(reviews))
        write_run(
            folder,
            {
                "extractor": VERSION,
                "rules": rules.digest,
                "code": code(),
                "format": format,
                "notes": len(notes),
                "charts": len(charts),
                "rejects": len(rejects),
                "rows": writer.counts,
                **acceptance.facts(rules.digest),
            },
        )
    kept = sum(r.accepted for r in reviews)
    told = acceptance.line(kept, kept + sum(r.for_review for r in reviews)) if accept is not None else ""
    return Summary(out, len(notes), len(charts), len(rejects), writer.counts, told)


def _one(patient: str, notes: list[Note], reader: Reader, writer: Writer, rejects: list[Reject], debug: bool) -> list[Rated]:
    try:
        return writer.add(abstract(notes, reader))
    except Exception as error:  # one chart must not cost the others
        if debug:
            traceback.print_exc()
        rejects.append(
            Reject(
                notes[0].source.rsplit(":", 1)[0],
                f"patient {patient}",
                f"the chart could not be read ({type(error).__name__}); --debug shows where",
            )
        )
        return []
