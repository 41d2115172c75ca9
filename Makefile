PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Modules are compiled when they are first imported: most never are.
QUICK := --quiet --disable-pip-version-check --no-compile

.PHONY: demo test checked tested reference benchmarks score baseline calibration doubt kinds figures negation third-party soak soak-kill lock wheel clean review-scale replicate

$(VENV)/.made: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install $(QUICK) -r requirements.lock
	$(BIN)/pip install $(QUICK) --no-deps --no-build-isolation -e .
	touch $@

# PySpark is 300 MB: for the tests of --engine spark alone.
$(VENV)/.spark: $(VENV)/.made requirements-spark.lock
	$(BIN)/pip install $(QUICK) --no-deps -r requirements-spark.lock
	touch $@

demo: $(VENV)/.made
	$(BIN)/extractor demo

# The code is checked while the tests begin.
test: $(VENV)/.spark
	$(MAKE) --no-print-directory -j2 checked tested

checked: $(VENV)/.spark
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

tested: $(VENV)/.spark
	$(BIN)/pytest -rs -n 2 --dist loadgroup --no-loadscope-reorder

# The fast path against the plain one on every corpus note; the suite takes a sample.
reference: $(VENV)/.made
	REFERENCE=1 $(BIN)/pytest tests/pipeline/test_scan.py

# Figures and plots of docs/scale.md, one after another; half an hour on two idle cores. BENCHMARKS="--notes 80 --most 4000 --longest 100000" is a look.
benchmarks: $(VENV)/.made
	$(BIN)/python benchmarks/run.py --plots docs --readme README.md $(BENCHMARKS)

# An extraction is killed (kill -9) at ten random moments and the same command given again: the same bytes each time. The suite has a short form.
soak-kill: $(VENV)/.made
	$(BIN)/python benchmarks/soak_kill.py $(SOAK_KILL)

score: $(VENV)/.made
	$(BIN)/extractor corpora score

# Fails where a figure fell that has no reason in the file; make baseline WRITE=1 WHY="..." keeps today's figures.
baseline: $(VENV)/.made
	$(BIN)/extractor corpora score --baseline corpora/baseline.json $(if $(WRITE),--write-baseline --why "$(WHY)")

# After rules or features changed, or first-contact tables were added.
calibration: $(VENV)/.made
	$(BIN)/extractor calibrate --out corpora/calibration.json --figure docs/reliability.svg

# After first-contact tables were added: which sessions and complications are doubted.
doubt: $(VENV)/.made
	$(BIN)/extractor doubt --out rules/doubt.toml

# After cues in rules/kinds.toml or corpora were added: the weights by which kinds of notes are told.
kinds: $(VENV)/.made
	$(BIN)/python bench/kinds.py rules/kinds.toml

# Writes the figures of the README; EVERY=5 rewrites each fifth chart only for the table of robustness.
figures: $(VENV)/.made
	$(BIN)/python bench/figures.py README.md $(EVERY)

NEGEX ?= ../shared/real/negex/rsAnnotations-1-120-random.txt
negation: $(VENV)/.made
	$(BIN)/python bench/negation.py $(NEGEX)

THIRD_PARTY ?= ../shared/real
third-party: $(VENV)/.made
	$(BIN)/python bench/third_party.py $(THIRD_PARTY) third-party-cohort

# Times the review page's index, list and decisions on 10,000 generated charts.
COHORT ?= extractor-demo
review-scale: $(VENV)/.made
	test -d $(COHORT) || $(BIN)/extractor demo --out $(COHORT)
	$(BIN)/python bench/review.py $(COHORT) 10000

# A simulated study of the published size, written as charts and abstracted: truth beside extraction (docs/replication.md).
# make replicate PATIENTS=20000 SEEDS=1 COMPLICATIONS=0.02 is the load test.
PATIENTS ?= 141
SEEDS ?= 20
COMPLICATIONS ?= 0.02 0.15
replicate: $(VENV)/.made
	$(BIN)/python -m bench.replicate --patients $(PATIENTS) --seeds $(SEEDS) $(foreach c,$(COMPLICATIONS),--complications $(c)) $(if $(KEEP),--keep)

# A registry is fed through faults and killed processes; about ten minutes.
SOAK ?= 5000
soak: $(VENV)/.made
	EXTRACTOR_SOAK=$(SOAK) $(BIN)/pytest -s tests/feed/test_soak.py

lock:
	rm -rf .lock-venv && $(PYTHON) -m venv .lock-venv
	.lock-venv/bin/pip install --quiet '.[dev]'
	(echo '# Made by make lock with Python 3.11; names and versions only, from whatever index pip is set to.'; .lock-venv/bin/pip freeze --exclude extractor --exclude pyspark --exclude py4j) > requirements.lock
	.lock-venv/bin/pip freeze | grep -E '^(py4j|pyspark)==' > requirements-spark.lock
	rm -rf .lock-venv

wheel: $(VENV)/.made
	$(BIN)/python -m build --wheel --no-isolation

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis extractor-demo third-party-cohort replication benchmark-figures
