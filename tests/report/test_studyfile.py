"""Study files: what a good one says, and what is told of a damaged one."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from extractor.errors import StudyError
from extractor.report import studyfile
from extractor.schema import HISTOLOGIES, SITES
from tests.report.makers import BASE, published, study


def test_the_shipped_study_is_the_published_one() -> None:
    found = published()
    assert (found.index.modality, found.index.approach) == ("cryoablation", "percutaneous")
    assert (found.index.first, found.index.last) == (date(2016, 3, 1), date(2023, 4, 30))
    criteria = {c.id: c for c in found.criteria}
    assert criteria["adult"].age == (18, None)
    assert set(HISTOLOGIES) - criteria["sarcoma"].values == {"other"}
    assert criteria["setting"].values == {"recurrent", "metastatic", "both"}
    assert criteria["treated"].any_true == ("patients.prior_surgery", "patients.prior_radiation", "patients.prior_systemic")
    covariates = {c.id: c for c in found.covariates}
    assert covariates["coverage"].values == {"inadequate"}
    assert covariates["site"].values == {"peritoneum", "retroperitoneum"}
    assert found.multivariable == ("coverage", "site")
    organs = next(s for s in found.sensitivity if s.kind == "covariate")
    assert organs.add == {"kidney", "adrenal", "pancreas", "pelvis"} <= set(SITES)
    assert {s.kind for s in found.sensitivity} == set(studyfile.KINDS)
    assert (found.months, found.published.survival, found.published.complications) == ((12.0, 24.0), (0.86, 0.79), 0.02)


def test_the_least_study(tmp_path: Path) -> None:
    found = study(tmp_path, BASE)
    assert (found.months, found.unknown, found.rounds, found.seed) == ((12.0, 24.0), "apart", 1_000, 0)
    assert found.name == "study"


COVARIATE = '[[covariate]]\nid = "c"\nsays = "C"\n'
INCLUDE = '[[include]]\nid = "i"\nsays = "I"\n'
VARIANT = '[[covariate]]\nid = "c"\nsays = "C"\ncolumn = "lesions.site"\nin = ["lung"]\n[[sensitivity]]\nid = "s"\nsays = "S"\n'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[study\n", "not a TOML file"),
        ('[study]\ntitle = "x"\n', "[index]: modality: name the ablation"),
        ('[index]\nmodality = "cryoablation"\n', "[study]: title: write some text"),
        (BASE + "[bogus]\n", "the file: unknown key 'bogus'; known are covariate"),
        (BASE + 'aproach = "open"\n', "[index]: unknown key 'aproach'; known are approach"),
        (BASE + 'approach = "sideways"\n', "[index]: approach: 'sideways' is no word of its vocabulary; known are percutaneous"),
        (BASE + 'from = "2016-03-01"\n', "[index]: from: give a day without quotes"),
        (BASE + "from = 2016-03-01T10:00:00\n", "[index]: from: give a day without quotes"),
        (BASE + "from = 2020-01-01\nto = 2019-01-01\n", "from 2020-01-01 lies after to 2019-01-01; swap them"),
        (BASE.replace("[index]", "months = [24, 12]\n[index]"), "[study]: months: give each number once, smallest first"),
        (BASE.replace("[index]", "months = 12\n[index]"), "[study]: months: give a list of numbers"),
        (BASE.replace("[index]", 'unknown = "maybe"\n[index]'), "[study]: unknown: 'maybe' is no word"),
        (BASE.replace("[index]", "rounds = 10\n[index]"), "[study]: rounds: give a whole number of at least 100"),
        (BASE.replace("[index]", "seed = true\n[index]"), "[study]: seed: give a whole number"),
        (BASE + '[include]\nid = "x"\n', "[include]: write [[include]] with two brackets"),
        (BASE + "include = 3\n", "[index]: unknown key 'include'"),
        (BASE + INCLUDE, "[[include]] 1 (i): needs exactly one of"),
        (BASE + INCLUDE + 'age_at_least = "18"\n', "[[include]] 1 (i): age_at_least: give a whole number"),
        (BASE + INCLUDE + "age_at_least = 18\n" + INCLUDE + "age_at_most = 80\n", "[[include]]: id 'i' stands twice"),
        (BASE + INCLUDE + 'column = "lesions.site"\nin = ["lung"]\n', "criteria are of patients"),
        (BASE + INCLUDE + 'any_true = ["patients.sex"]\n', "any_true: patients.sex holds no true and false"),
        (BASE + INCLUDE + "any_true = []\n", "any_true: name at least one column"),
        (BASE + INCLUDE + 'column = "patients.histology"\nin = ["sarkoma"]\n', "in: 'sarkoma' is no word of its vocabulary"),
        (BASE + INCLUDE + 'column = "patients.prior_surgery"\nin = ["true"]\n', "in: 'true' is neither true nor false (no quotes)"),
        (BASE + COVARIATE.replace('"c"', '"../c"'), "[[covariate]] 1 (../c): id: use letters, digits"),
        (BASE + '[[include]]\nid = "i"\n', "[[include]] 1 (i): says: write some text"),
        (BASE + COVARIATE + 'column = "lesions.place"\nin = ["lung"]\n', "column: no column 'lesions.place'; write table.column"),
        (BASE + COVARIATE + 'column = "lesions.site"\n', "needs exactly one of: in (a list of values), per (a step of a number)"),
        (BASE + COVARIATE + 'column = "lesions.site"\nper = 10\n', "per: lesions.site holds no numbers"),
        (BASE + COVARIATE + 'column = "lesions.size_mm"\nper = 0\n', "per: give a number above 0"),
        (BASE + COVARIATE + 'column = "lesions.size_mm"\nin = [10]\n', "10 is no text; size_mm holds numbers, use per"),
        (BASE + COVARIATE + 'column = "lesions.site"\nin = "lung"\n', 'in: give a list of values, such as in = ["lung"]'),
        (BASE + '[model]\nmultivariable = ["site"]\n', "[model]: multivariable: 'site' is no word of its vocabulary"),
        (BASE + VARIANT + 'kind = "magic"\n', "[[sensitivity]] 1 (s): kind: 'magic' is no word"),
        (BASE + VARIANT + 'kind = "confidence"\n', "at_least: is needed where kind is confidence"),
        (BASE + VARIANT + 'kind = "confidence"\nat_least = []\n', "at_least: give at least one number"),
        (BASE + VARIANT + 'kind = "confidence"\nat_least = [80]\n', "at_least: give a list of numbers from 0 to 1"),
        (BASE + VARIANT + 'kind = "reviewed"\nat_least = [0.8]\n', "at_least: has no meaning where kind is reviewed"),
        (BASE + VARIANT + 'kind = "covariate"\ncovariate = "d"\nadd = ["liver"]\n', "covariate: 'd' is no word"),
        (BASE + VARIANT + 'kind = "covariate"\ncovariate = "c"\nadd = ["livre"]\n', "add: 'livre' is no word of its vocabulary"),
        (BASE + "[published]\nsurvival = [0.9]\n", "[published]: survival: give one share for each of the 2 months"),
        (BASE + "[published]\ncomplications = 2\n", "[published]: complications: give a share from 0 to 1"),
    ],
)
def test_a_damaged_file_is_told_with_file_key_and_fix(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(StudyError) as error:
        study(tmp_path, text)
    assert told in str(error.value)
    assert str(error.value).startswith("study.toml: ")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="shipped study: sarcoma-cryoablation"):
        studyfile.find(str(tmp_path / "nothing.toml"))
    (tmp_path / "latin.toml").write_bytes(b"[study]\ntitle = '\xe9'\n")
    with pytest.raises(StudyError, match="not UTF-8"):
        studyfile.load(tmp_path / "latin.toml")
    assert studyfile.find("sarcoma-cryoablation").is_file()


def test_the_study_travels_in_the_wheel() -> None:
    import tomllib

    build = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]["targets"]
    assert build["wheel"]["force-include"]["studies"] == "extractor/_studies"
    assert "studies" in build["sdist"]["include"]
