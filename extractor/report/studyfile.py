"""The study file (TOML): who is studied, from when to when, which covariates, which sensitivity analyses. ``docs/report.md`` describes it for authors."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

from extractor.errors import StudyError
from extractor.schema import APPROACHES, BY_NAME, MODALITIES, Column

Scalar = str | bool
KINDS = ("covariate", "unknown_eligible", "confidence", "accepted", "reviewed")
NAMED = ("lesions", "procedures", "patients")
"""Tables whose columns criteria and covariates may name; a lesion has one row of each."""
AGE = "patients.age_years"


@dataclass(frozen=True, slots=True)
class Index:
    """The session at which eligibility is judged. None asks nothing; both days count."""

    modality: str
    approach: str | None
    first: date | None
    last: date | None


@dataclass(frozen=True, slots=True)
class Criterion:
    """One condition: an age range, a ``column`` that has one of ``values``, or one of the columns ``any_true``."""

    id: str
    says: str
    column: str = ""
    values: frozenset[Scalar] = frozenset()
    any_true: tuple[str, ...] = ()
    age: tuple[int | None, int | None] = (None, None)


@dataclass(frozen=True, slots=True)
class Covariate:
    """What a lesion has or has not (``values``), or a number in steps of ``per``."""

    id: str
    says: str
    column: str
    values: frozenset[Scalar] = frozenset()
    per: float | None = None


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """The analysis once more with one thing changed."""

    id: str
    says: str
    kind: str
    covariate: str = ""
    add: frozenset[Scalar] = frozenset()
    at_least: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Published:
    """Figures of the paper, to stand beside ours."""

    patients: int | None = None
    lesions: int | None = None
    survival: tuple[float, ...] = ()
    complications: float | None = None


@dataclass(frozen=True, slots=True)
class StudyFile:
    """A whole study file."""

    name: str
    digest: str
    title: str
    source: str
    months: tuple[float, ...]
    unknown: Literal["apart", "include"]
    rounds: int
    seed: int
    index: Index
    criteria: tuple[Criterion, ...]
    covariates: tuple[Covariate, ...]
    multivariable: tuple[str, ...]
    sensitivity: tuple[Sensitivity, ...]
    published: Published


KEYS = {
    "the file": {"study", "index", "include", "covariate", "model", "sensitivity", "published"},
    "[study]": {"title", "source", "months", "unknown", "rounds", "seed"},
    "[index]": {"modality", "approach", "from", "to"},
    "[[include]]": {"id", "says", "column", "in", "any_true", "age_at_least", "age_at_most"},
    "[[covariate]]": {"id", "says", "column", "in", "per"},
    "[model]": {"multivariable"},
    "[[sensitivity]]": {"id", "says", "kind", "covariate", "add", "at_least"},
    "[published]": {"patients", "lesions", "survival", "complications"},
}


def folder() -> Path:
    """The folder of shipped studies: in the wheel ``extractor/_studies``, in a checkout ``studies/``."""
    packed = Path(__file__).parents[1] / "_studies"
    return packed if packed.is_dir() else Path(__file__).parents[2] / "studies"


def shipped() -> list[str]:
    """Names of the shipped studies."""
    return sorted(p.stem for p in folder().glob("*.toml"))


def find(name: str) -> Path:
    """A path, or the name of a shipped study. Raises StudyError naming what there is."""
    path = Path(name)
    if path.is_file():
        return path
    if name in shipped():
        return folder() / f"{name}.toml"
    raise StudyError(f"{name}: no such file; give a study file (TOML), or the name of a shipped study: {', '.join(shipped())}")


def load(path: Path) -> StudyFile:
    """A study file. Raises StudyError naming file, key and fix."""
    try:
        raw = path.read_bytes()
        data = tomllib.loads(raw.decode("utf-8"))
    except OSError as error:
        raise StudyError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise StudyError(f"{path.name}: not UTF-8; save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise StudyError(f"{path.name}: not a TOML file: {error}") from None
    return _Reader(path.name).study(data, hashlib.sha256(raw).hexdigest())


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the parts of one file; every complaint names it."""

    file: str

    def fail(self, where: str, why: str) -> StudyError:
        return StudyError(f"{self.file}: {where}: {why}")

    # ---- plain values ---------------------------------------------------------------------------------------------------

    def known(self, where: str, kind: str, table: Any) -> Mapping[str, Any]:
        if not isinstance(table, dict):
            raise self.fail(where, f"must be a table; write {kind} on a line of its own and its keys below")
        for key in table:
            if key not in KEYS[kind]:
                raise self.fail(where, f"unknown key {key!r}; known are {', '.join(sorted(KEYS[kind]))}")
        return table

    def text(self, where: str, table: Mapping[str, Any], key: str, default: str | None = None) -> str:
        value = table.get(key, default)
        if not isinstance(value, str) or (not value.strip() and default is None):
            raise self.fail(where, f'{key}: write some text in quotes, such as {key} = "…"')
        return value

    def word(self, where: str, key: str, value: Any, words: Sequence[str]) -> str:
        if value not in words:
            raise self.fail(where, f"{key}: {value!r} is no word of its vocabulary; known are {', '.join(words)}")
        return str(value)

    def whole(self, where: str, table: Mapping[str, Any], key: str, default: int | None, least: int = 0) -> int | None:
        value = table.get(key, default)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < least):
            raise self.fail(where, f"{key}: give a whole number of at least {least}")
        return value

    def numbers(self, where: str, table: Mapping[str, Any], key: str, low: float, high: float) -> tuple[float, ...]:
        values = table.get(key, [])
        if not isinstance(values, list) or any(not _is_number(v) or not low <= v <= high for v in values):
            raise self.fail(where, f"{key}: give a list of numbers from {low:g} to {high:g}, such as {key} = [{low:g}]")
        if list(values) != sorted(set(values)) and key != "survival":
            raise self.fail(where, f"{key}: give each number once, smallest first")
        return tuple(float(v) for v in values)

    def names(self, where: str, table: Mapping[str, Any], key: str) -> tuple[str, ...]:
        values = table.get(key, [])
        if not isinstance(values, list) or not all(isinstance(v, str) for v in values) or len(set(values)) != len(values):
            raise self.fail(where, f'{key}: give a list of names, each once, such as {key} = ["…"]')
        return tuple(values)

    def day(self, table: Mapping[str, Any], key: str) -> date | None:
        value = table.get(key)
        if value is None:
            return None
        if isinstance(value, datetime) or not isinstance(value, date):
            raise self.fail("[index]", f"{key}: give a day without quotes, such as {key} = 2016-03-01")
        return value

    # ---- columns --------------------------------------------------------------------------------------------------------

    def column(self, where: str, key: str, name: Any) -> Column:
        table, _, column = str(name).partition(".")
        if table not in NAMED or column not in BY_NAME[table].names:
            raise self.fail(
                where, f"{key}: no column {name!r}; write table.column of {', '.join(NAMED)}, such as lesions.site (docs/tables.md)"
            )
        return BY_NAME[table][column]

    def values(self, where: str, key: str, column: Column, given: Any) -> frozenset[Scalar]:
        if not isinstance(given, list) or not given:
            raise self.fail(where, f"{key}: give a list of values, such as {key} = {_example(column)}")
        for value in given:
            if column.type == "boolean" and not isinstance(value, bool):
                raise self.fail(where, f"{key}: {value!r} is neither true nor false (no quotes)")
            if column.type != "boolean" and not isinstance(value, str):
                raise self.fail(where, f"{key}: {value!r} is no text; {column.name} holds {column.type}s{_for_numbers(column)}")
            if column.values:
                self.word(where, key, value, column.values)
        return frozenset(given)

    # ---- parts ----------------------------------------------------------------------------------------------------------

    def study(self, data: Mapping[str, Any], digest: str) -> StudyFile:
        self.known("the file", "the file", data)
        head = self.known("[study]", "[study]", data.get("study", {}))
        covariates = tuple(self.covariate(n, t) for n, t in self.tables(data, "covariate"))
        ids = {c.id: c for c in covariates}
        months = self.numbers("[study]", head, "months", 1, 600) or (12.0, 24.0)
        return StudyFile(
            name=self.file.removesuffix(".toml"),
            digest=digest,
            title=self.text("[study]", head, "title"),
            source=self.text("[study]", head, "source", ""),
            months=months,
            unknown=self.word("[study]", "unknown", head.get("unknown", "apart"), ("apart", "include")),  # type: ignore[arg-type]
            rounds=self.whole("[study]", head, "rounds", 1_000, 100) or 1_000,
            seed=self.whole("[study]", head, "seed", 0) or 0,
            index=self.index(self.known("[index]", "[index]", data.get("index", {}))),
            criteria=self.once("include", tuple(self.criterion(n, t) for n, t in self.tables(data, "include"))),
            covariates=self.once("covariate", covariates),
            multivariable=self.model(self.known("[model]", "[model]", data.get("model", {})), ids),
            sensitivity=self.once("sensitivity", tuple(self.sensitivity(n, t, ids) for n, t in self.tables(data, "sensitivity"))),
            published=self.published(self.known("[published]", "[published]", data.get("published", {})), months),
        )

    def tables(self, data: Mapping[str, Any], key: str) -> list[tuple[str, Mapping[str, Any]]]:
        given = data.get(key, [])
        if not isinstance(given, list):
            raise self.fail(f"[{key}]", f"write [[{key}]] with two brackets: there can be several")
        kind = f"[[{key}]]"
        out = []
        for number, table in enumerate(given, 1):
            where = f"{kind} {number}" + (f" ({table['id']})" if isinstance(table, dict) and isinstance(table.get("id"), str) else "")
            self.known(where, kind, table)
            for name in ("id", "says"):
                self.text(where, table, name)
            if not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", table["id"]):
                raise self.fail(where, "id: use letters, digits, - and _ alone; it names files")
            out.append((where, table))
        return out

    def once(self, key: str, found: tuple[Any, ...]) -> tuple[Any, ...]:
        ids = [f.id for f in found]
        for name in ids:
            if ids.count(name) > 1:
                raise self.fail(f"[[{key}]]", f"id {name!r} stands twice; give each its own")
        return found

    def index(self, table: Mapping[str, Any]) -> Index:
        if "modality" not in table:
            raise self.fail("[index]", 'modality: name the ablation that is studied, such as modality = "cryoablation"')
        modality = self.word("[index]", "modality", table["modality"], MODALITIES)
        approach = self.word("[index]", "approach", table["approach"], APPROACHES) if "approach" in table else None
        first, last = self.day(table, "from"), self.day(table, "to")
        if first and last and first > last:
            raise self.fail("[index]", f"from {first} lies after to {last}; swap them")
        return Index(modality, approach, first, last)

    def criterion(self, where: str, table: Mapping[str, Any]) -> Criterion:
        age = tuple(self.whole(where, table, k, None) for k in ("age_at_least", "age_at_most"))
        kinds = [
            k for k, given in (("age", age != (None, None)), ("column", "column" in table), ("any_true", "any_true" in table)) if given
        ]
        if len(kinds) != 1:
            raise self.fail(where, "needs exactly one of: age_at_least or age_at_most; column with in; any_true")
        named = self.names(where, table, "any_true")
        for name in named:
            if self.column(where, "any_true", name).type != "boolean":
                raise self.fail(where, f"any_true: {name} holds no true and false; name columns such as patients.prior_surgery")
        if kinds == ["any_true"] and not named:
            raise self.fail(where, "any_true: name at least one column, such as patients.prior_surgery")
        outside = [n for n in (*named, table.get("column")) if n is not None and not str(n).startswith("patients.")]
        if outside:
            raise self.fail(where, f"{outside[0]!r}: criteria are of patients; name a column of patients, or use [index] for the session")
        column = table.get("column", "")
        values = self.values(where, "in", self.column(where, "column", column), table.get("in")) if column else frozenset()
        return Criterion(table["id"], table["says"], column, values, named, age)  # type: ignore[arg-type]

    def covariate(self, where: str, table: Mapping[str, Any]) -> Covariate:
        column = self.column(where, "column", table.get("column", ""))
        if ("in" in table) == ("per" in table):
            raise self.fail(where, "needs exactly one of: in (a list of values), per (a step of a number)")
        if "per" in table:
            if column.type not in ("number", "integer"):
                raise self.fail(where, f"per: {table['column']} holds no numbers; use in = {_example(column)}")
            if not _is_number(table["per"]) or not table["per"] > 0:
                raise self.fail(where, "per: give a number above 0, such as per = 10")
            return Covariate(table["id"], table["says"], table["column"], per=float(table["per"]))
        return Covariate(table["id"], table["says"], table["column"], self.values(where, "in", column, table["in"]))

    def model(self, table: Mapping[str, Any], known: Mapping[str, Covariate]) -> tuple[str, ...]:
        names = self.names("[model]", table, "multivariable")
        for name in names:
            self.word("[model]", "multivariable", name, sorted(known))
        return names

    def sensitivity(self, where: str, table: Mapping[str, Any], known: Mapping[str, Covariate]) -> Sensitivity:
        kind = self.word(where, "kind", table.get("kind"), KINDS)
        wanted = {"covariate": {"covariate", "add"}, "confidence": {"at_least"}}.get(kind, set())
        for key in ("covariate", "add", "at_least"):
            if (key in table) != (key in wanted):
                raise self.fail(where, f"{key}: {'is needed' if key in wanted else 'has no meaning'} where kind is {kind}")
        if kind == "covariate":
            covariate = known[self.word(where, "covariate", table["covariate"], sorted(known))]
            if covariate.per is not None:
                raise self.fail(where, f"covariate: {covariate.id} is a number; values can only be added to one with in")
            added = self.values(where, "add", self.column(where, "covariate", covariate.column), table["add"])
            return Sensitivity(table["id"], table["says"], kind, covariate.id, added)
        levels = self.numbers(where, table, "at_least", 0, 1)
        if kind == "confidence" and not levels:
            raise self.fail(where, "at_least: give at least one number, such as at_least = [0.8]")
        return Sensitivity(table["id"], table["says"], kind, at_least=levels)

    def published(self, table: Mapping[str, Any], months: Sequence[float]) -> Published:
        where = "[published]"
        survival = self.numbers(where, table, "survival", 0, 1)
        if survival and len(survival) != len(months):
            raise self.fail(where, f"survival: give one share for each of the {len(months)} months of [study]")
        rate = table.get("complications")
        if rate is not None and (not _is_number(rate) or not 0 <= rate <= 1):
            raise self.fail(where, "complications: give a share from 0 to 1, such as 0.02")
        return Published(self.whole(where, table, "patients", None), self.whole(where, table, "lesions", None), survival, rate)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _example(column: Column) -> str:
    return "[true]" if column.type == "boolean" else f'["{column.values[0] if column.values else "…"}"]'


def _for_numbers(column: Column) -> str:
    return ", use per for a covariate or age_at_least for an age" if column.type in ("number", "integer") else ""
