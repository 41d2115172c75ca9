"""Truth and extraction of simulated cohorts side by side. All counting is the extractor's own: ``endpoints`` and ``observe`` of its evaluator."""

from __future__ import annotations

import csv
import json
import math
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.replication.bank import Bank
from bench.replication.charts import write
from bench.replication.cohort import DEEP, Assumptions, simulate
from bench.replication.pen import Json
from extractor import run
from extractor.evaluator import charts, labels
from extractor.evaluator.endpoints import COVERAGE, SITE, Compared, Endpoints, endpoints
from extractor.evaluator.match import Tables
from extractor.evaluator.observe import HEADLINE, Observation, observe
from extractor.evaluator.paired import Plan

COLUMNS = {
    "patients": (
        "patient_id",
        "sex",
        "birth_date",
        "histology",
        "disease_setting",
        "prior_surgery",
        "prior_radiation",
        "prior_systemic",
        "death_date",
    ),
    "procedures": ("procedure_id", "patient_id", "date", "modality", "guidance", "anesthesia", "probes"),
    "lesions": (
        "lesion_id",
        "patient_id",
        "procedure_id",
        "site",
        "laterality",
        "size_mm",
        "coverage",
        "lesion_covered",
        "min_margin_mm",
        "retreatment_of",
    ),
    "complications": ("patient_id", "procedure_id", "term", "severity", "date"),
    "assessments": ("patient_id", "lesion_id", "date", "modality", "scope", "status"),
    "outcomes": ("lesion_id", "patient_id", "event", "event_type", "event_date", "last_assessment_date"),
}
"""What the labels tell; a column that is not here is not scored."""
LINKS = {"procedure": "procedure_id", "lesion": "lesion_id"}


# ---- one cohort on disk ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Written:
    """A simulated cohort: its notes, its truth as cohort tables, and the house each chart is written in."""

    notes: Path
    truth: Path
    houses: Mapping[str, str]
    count: int


def put(bank: Bank, seed: int, told: Assumptions, folder: Path, each: Callable[[Json], None] = lambda chart: None) -> Written:
    """Simulate and write a cohort to ``folder``: ``notes.jsonl`` and ``truth/*.csv``, a chart at a time."""
    truth, notes = folder / "truth", folder / "notes.jsonl"
    truth.mkdir(parents=True, exist_ok=True)
    files = {table: (truth / f"{table}.csv").open("w", encoding="utf-8", newline="") for table in COLUMNS}
    writers = {table: csv.DictWriter(files[table], COLUMNS[table], lineterminator="\n") for table in COLUMNS}
    for writer in writers.values():
        writer.writeheader()
    houses, count = {}, 0
    with notes.open("w", encoding="utf-8") as file:
        for patient in simulate(bank.places, seed, told):
            chart = write(bank, patient, seed)
            each(chart)
            houses[chart["patient_id"]] = chart["house"]
            for note in chart["notes"]:
                file.write(json.dumps({"patient_id": chart["patient_id"], **note}, ensure_ascii=False) + "\n")
            count += len(chart["notes"])
            for table, row in rows(chart):
                writers[table].writerow(row)
    for each_file in files.values():
        each_file.close()
    return Written(notes, truth, houses, count)


def rows(chart: Json) -> Iterator[tuple[str, dict[str, Any]]]:
    """The labels of a chart as rows of cohort tables."""
    patient = chart["patient_id"]
    yield "patients", _cells("patients", {**chart["gold"]["patient"], "patient_id": patient})
    for table in ("procedures", "lesions", "complications", "assessments", "outcomes"):
        for row in chart["gold"][table]:
            named = {LINKS.get(k, k): v for k, v in row.items()}
            if "key" in named:
                named[f"{table[:-1]}_id"] = named["key"]
            yield table, _cells(table, {**named, "patient_id": patient})


def _cells(table: str, row: Mapping[str, Any]) -> dict[str, Any]:
    values = {name: row.get(name) for name in COLUMNS[table]}
    return {k: "" if v is None else str(v).lower() if isinstance(v, bool) else v for k, v in values.items()}


# ---- one cohort measured --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Counts:
    """Row by row: found rightly, found wrongly, not found."""

    tp: int = 0
    fp: int = 0
    fn: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.tp + other.tp, self.fp + other.fp, self.fn + other.fn)

    @property
    def sensitivity(self) -> float | None:
        """Share of what is true that was found."""
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else None

    @property
    def predictive_value(self) -> float | None:
        """Share of what was found that is true."""
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else None


FIGURES = (
    "LPFS at 12 months",
    "LPFS at 24 months",
    "complications, by session",
    "HR inadequate coverage",
    "HR peritoneal or retroperitoneal",
)
HAZARDS = FIGURES[3:]


@dataclass(frozen=True)
class Result:
    """One seed: by figure (truth, extraction), row by row by figure, counts by house and field, causes of errors."""

    seed: int
    patients: int
    lesions: int
    sessions: int
    notes: int
    seconds: float
    pairs: Mapping[str, tuple[float | None, float | None]]
    counts: Mapping[str, Counts]
    fields: Mapping[tuple[str, str], Counts]
    causes: Counter[tuple[str, str]]
    readings: Counter[tuple[str, str, str]]
    behind: Counter[tuple[str, str]]
    """What lies behind events found where there are none, and missed where there are."""

    def to_json(self) -> dict[str, Any]:
        """Plain data, to be read back by ``result``."""
        own = {name: getattr(self, name) for name in ("seed", "patients", "lesions", "sessions", "notes", "seconds", "pairs")}
        listed = {name: [[*key, n] for key, n in sorted(getattr(self, name).items())] for name in ("causes", "readings", "behind")}
        fields = [[*key, c.tp, c.fp, c.fn] for key, c in sorted(self.fields.items())]
        return {**own, **listed, "counts": {name: asdict(c) for name, c in self.counts.items()}, "fields": fields}


def result(told: Mapping[str, Any]) -> Result:
    """A result from its JSON."""
    plain = {name: told[name] for name in ("seed", "patients", "lesions", "sessions", "notes", "seconds")}
    return Result(
        **plain,
        pairs={name: (a, b) for name, (a, b) in told["pairs"].items()},
        counts={name: Counts(**c) for name, c in told["counts"].items()},
        fields={(house, field): Counts(*c) for house, field, *c in told["fields"]},
        causes=Counter({(field, cause): n for field, cause, n in told["causes"]}),
        readings=Counter({(field, a, b): n for field, a, b, n in told["readings"]}),
        behind=Counter({(side, cause): n for side, cause, n in told["behind"]}),
    )


def measure(bank: Bank, seed: int, told: Assumptions, folder: Path, workers: int) -> Result:
    """Write one cohort, abstract it, and count. Charts that stand abstracted in ``folder`` already and are the same are not read again."""
    written = put(bank, seed, told, folder)
    began = time.perf_counter()
    done = run.extract(written.notes, folder / "cohort", workers=workers, incremental=True)
    seconds = time.perf_counter() - began
    truth, got = labels.load(written.truth), charts.extracted(folder / "cohort")
    found = endpoints(got, truth.patients, Plan(rounds=100))
    seen = [o for p, gold in truth.patients.items() for o in observe(p, gold, got.get(p, charts.NOTHING), truth.columns)]
    return Result(
        seed,
        len(truth.patients),
        sum(len(t["lesions"]) for t in truth.patients.values()),
        found.sessions[0],
        done.notes,
        seconds,
        _pairs(found),
        _counts(found, seen),
        _fields(seen, written.houses),
        Counter((o.field, o.cause) for o in seen if o.is_error),
        Counter(_reading(o) for o in seen if o.is_error),
        Counter(b for o in seen if (b := _behind(o, truth.patients[o.patient], got.get(o.patient, charts.NOTHING)))),
    )


def _pairs(found: Endpoints) -> dict[str, tuple[float | None, float | None]]:
    """The five figures, hazard ratios adjusted for each other."""
    rate = next(r for r in found.rates if r.name == "complication, by session")
    ratios = [next(h for h in found.hazards if h.name == f"{name}, adjusted") for name in (COVERAGE, SITE)]
    compared: Sequence[Compared] = [*found.survival, rate, *ratios]
    return {name: (c.labels.value, c.extraction.value) for name, c in zip(FIGURES, compared, strict=True)}


def _counts(found: Endpoints, seen: Iterable[Observation]) -> dict[str, Counts]:
    """Row by row beside each figure: events of lesions, complications, inadequate coverages, deep sites."""
    known = list(seen)
    any_date, _, same_day = found.events
    events = Counts(any_date.predictive_value.events, _rest(any_date.predictive_value), _rest(any_date.sensitivity))
    dated = Counts(same_day.predictive_value.events, _rest(same_day.predictive_value), _rest(same_day.sensitivity))
    return {
        "events of lesions": events,
        "events of lesions, on the same day": dated,
        "complications": _sum(known, "complications"),
        "inadequate coverage": _valued(known, "lesions.coverage", ("inadequate",)),
        "peritoneal or retroperitoneal site": _valued(known, "lesions.site", DEEP),
    }


def _rest(estimate: Any) -> int:
    return int(estimate.n - estimate.events)


def _sum(seen: Iterable[Observation], field: str) -> Counts:
    return sum((Counts(o.tp, o.fp, o.fn) for o in seen if o.field == field), Counts())


def _valued(seen: Iterable[Observation], field: str, values: Sequence[str]) -> Counts:
    """Rows that have one of the values on either side."""
    out = Counts()
    for o in seen:
        if o.field == field:
            true, said = o.labeled in values, o.extracted in values
            out += Counts(int(true and said), int(said and not true), int(true and not said))
    return out


def _fields(seen: Iterable[Observation], houses: Mapping[str, str]) -> dict[tuple[str, str], Counts]:
    out: dict[tuple[str, str], Counts] = {}
    for o in seen:
        if o.field in HEADLINE:
            key = (houses[o.patient], o.field)
            out[key] = out.get(key, Counts()) + Counts(o.tp, o.fp, o.fn)
    return out


def _reading(o: Observation) -> tuple[str, str, str]:
    """(field, as labeled, as extracted) of an error; a row that is on one side only by what tells it best."""
    telling = {"assessments": "status", "complications": "term", "lesions": "site", "procedures": "modality", "outcomes": "event"}
    if (o.column and o.field.endswith(o.column)) or (o.gold and o.got):
        return o.field, _shown(o.labeled), _shown(o.extracted)
    column = telling.get(o.table, o.column)
    return o.field, _shown((o.gold or {}).get(column)) if o.gold else "no row", _shown((o.got or {}).get(column)) if o.got else "no row"


EVENTS = ("progression", "residual")


def _behind(o: Observation, gold: Tables, got: Tables) -> tuple[str, str] | None:
    """(false or missed, cause) of an event of a lesion that only one side has."""
    if o.field != "outcomes" or not o.is_error:
        return None
    true, said = (bool(row and row.get("event") == 1.0) for row in (o.gold, o.got))
    if said and not true:
        return "false event", _false(o, gold)
    return ("missed event", _missed(o, got)) if true and not said else None


def _false(o: Observation, gold: Tables) -> str:
    if o.gold is None or o.got is None:
        return "of a lesion that the labels do not have so"
    that_day = [a for a in gold["assessments"] if a["date"] == o.got["event_date"]]
    own = {a["status"] for a in that_day if a["lesion"] == o.gold["lesion"]}
    others = {("elsewhere" if a["scope"] == "distant" else "another lesion") for a in that_day if a["status"] in EVENTS}
    if own & {*EVENTS}:
        return "a biopsy without tumour not heeded"
    if "another lesion" in others:
        return "the event of another lesion"
    if "elsewhere" in others:
        return "progression elsewhere on that day"
    if own:
        return f"{min(own).replace('_', ' ')} read as an event"
    return "an exam of that day does not speak of it" if that_day else "no exam on that day"


def _missed(o: Observation, got: Tables) -> str:
    if o.gold is None or o.got is None:
        return "of a lesion that the extraction does not have so, or without any exam"
    own = {a["status"] for a in got["assessments"] if a["date"] == o.gold["event_date"] and a["lesion"] == o.got["lesion"]}
    return f"read as {min(own).replace('_', ' ')}" if own else "the exam has no row for it"


def _shown(value: Any) -> str:
    """A value of a vocabulary; others only by kind, so that counts add up."""
    if value is None:
        return "empty"
    if isinstance(value, bool | float):
        return f"{value:g}" if value in (0.0, 1.0) else "a number"
    return "a date" if str(value)[:4].isdigit() else str(value)


# ---- many seeds -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """A figure over seeds: means of both sides, of their difference (hazard ratios: geometric means, the quotient), least and most."""

    name: str
    truth: float
    extraction: float
    difference: float
    least: float
    most: float
    within: int
    seeds: int


WITHIN = {name: 0.10 if name in HAZARDS else 0.01 for name in FIGURES}
"""What is asked for: shares within a point, hazard ratios within a tenth."""


def summary(results: Sequence[Result]) -> list[Row]:
    """Every figure over the seeds in which both sides have it."""
    return [row for row in (_row(name, results) for name in FIGURES) if row]


def _row(name: str, results: Sequence[Result]) -> Row | None:
    pairs = [(a, b) for a, b in (r.pairs[name] for r in results) if a is not None and b is not None]
    if not pairs:
        return None
    if name in HAZARDS:
        logs = [(math.log(a), math.log(b)) for a, b in pairs]
        gaps = [math.exp(b - a) for a, b in logs]
        truth, extraction = (math.exp(statistics.fmean(side)) for side in zip(*logs, strict=True))
        difference, near = math.exp(statistics.fmean(math.log(g) for g in gaps)), [abs(g - 1) for g in gaps]
    else:
        gaps = [b - a for a, b in pairs]
        truth, extraction = (statistics.fmean(side) for side in zip(*pairs, strict=True))
        difference, near = statistics.fmean(gaps), [abs(g) for g in gaps]
    within = sum(x <= WITHIN[name] + 1e-9 for x in near)
    return Row(name, truth, extraction, difference, min(gaps), max(gaps), within, len(pairs))


def total(results: Sequence[Result]) -> dict[str, Counts]:
    """Row by row, all seeds together."""
    return {name: sum((r.counts[name] for r in results), Counts()) for name in results[0].counts}


BESIDE = {
    "LPFS at 12 months": "events of lesions",
    "LPFS at 24 months": "events of lesions",
    "complications, by session": "complications",
    "HR inadequate coverage": "inadequate coverage",
    "HR peritoneal or retroperitoneal": "peritoneal or retroperitoneal site",
}


def table(results: Sequence[Result]) -> str:
    """The table of the document, in Markdown."""
    counts = total(results)
    lines = [
        "| figure | truth | extraction | difference, mean (least to most) | seeds within the aim | row by row | sensitivity | predictive value |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in summary(results):
        own = counts[BESIDE[row.name]]
        sides = _ratio(row) if row.name in HAZARDS else _points(row)
        lines.append(
            f"| {row.name} | {sides} | {row.within} of {row.seeds} | {BESIDE[row.name]} ({own.tp + own.fn}) "
            f"| {_percent(own.sensitivity)} | {_percent(own.predictive_value)} |"
        )
    return "\n".join(lines)


def _points(row: Row) -> str:
    return f"{100 * row.truth:.1f} % | {100 * row.extraction:.1f} % | {100 * row.difference:+.1f} ({100 * row.least:+.1f} to {100 * row.most:+.1f}) points"


def _ratio(row: Row) -> str:
    return f"{row.truth:.2f} | {row.extraction:.2f} | × {row.difference:.2f} ({row.least:.2f} to {row.most:.2f})"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f} %"


def houses(results: Sequence[Result]) -> str:
    """F1 of the headline's fields by house style, in Markdown."""
    counted: dict[tuple[str, str], Counts] = {}
    for result in results:
        for key, own in result.fields.items():
            for at in (key, ("all", key[1])):
                counted[at] = counted.get(at, Counts()) + own
    lines = ["| house | headline | " + " | ".join(HEADLINE) + " |", "|---" * (2 + len(HEADLINE)) + "|"]
    for house in sorted({h for h, _ in counted}, key=lambda h: (h == "all", h)):
        f1 = [_f1(counted.get((house, field), Counts())) for field in HEADLINE]
        lines.append(f"| {house} | {statistics.fmean(f1):.3f} | " + " | ".join(f"{x:.3f}" for x in f1) + " |")
    return "\n".join(lines)


def _f1(own: Counts) -> float:
    return 2 * own.tp / (2 * own.tp + own.fp + own.fn) if own.tp + own.fp + own.fn else 1.0


def errors(results: Sequence[Result], most: int = 40) -> str:
    """Errors by field and cause, and the readings that make most of them, in Markdown."""
    causes, behind, readings = Counter[tuple[str, str]](), Counter[tuple[str, str]](), Counter[tuple[str, str, str]]()
    for result in results:
        causes.update(result.causes)
        readings.update(result.readings)
        behind.update(result.behind)
    lines = ["| events of lesions | behind it | lesions |", "|---|---|---|"]
    lines += [f"| {side} | {cause} | {n} |" for (side, cause), n in sorted(behind.items(), key=lambda x: (-x[1], x[0]))]
    lines += ["", "| field | cause | errors |", "|---|---|---|"]
    lines += [f"| {field} | {cause} | {n} |" for (field, cause), n in sorted(causes.items(), key=lambda x: (-x[1], x[0]))[:most]]
    lines += ["", "| field | labeled | extracted | errors |", "|---|---|---|---|"]
    lines += [f"| {f} | {a} | {b} | {n} |" for (f, a, b), n in sorted(readings.items(), key=lambda x: (-x[1], x[0]))[:most]]
    return "\n".join(lines)
