# The memory of the project: every target sets up what it needs; `make` lists them.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
TARGET ?= targets/lab.toml
ARGS   ?=

.DEFAULT_GOAL := help
.PHONY: help ramp nightly ladder flawbank flawbank-verify claims report seed lab doctor test unit lint acceptance chaos strangers docs bench-analysis bench-free-numbers bench-gain bench-knee bench-naming bench-seed bench-thresholds clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo; echo "  options go in ARGS, the target file in TARGET: make ramp TARGET=targets/staging.toml ARGS=--quick"

# uv where it is installed, else the standard library's venv. A half-made environment is made again.
$(READY): pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "Error: $(PYTHON) is missing. Install Python 3.11 or newer."; exit 3; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Error: $$($(PYTHON) --version) is too old. Rampart needs 3.11 or newer: make PYTHON=python3.12 …"; exit 3; }
	@echo "setting up $(VENV) (once)"
	@if command -v uv >/dev/null; then \
	  uv venv -q --allow-existing -p $(PYTHON) $(VENV) && uv pip install -q -p $(BIN)/python -c constraints.txt -e '.[dev]'; \
	else \
	  $(PYTHON) -m venv $(VENV) && $(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[dev]'; \
	fi
	@touch $@

ramp: $(READY)  ## grow tenants, ramp users, name the first bottleneck (the lab, or TARGET=file)
	@$(BIN)/rampart ramp --target $(TARGET) $(ARGS)

nightly: $(READY)  ## a short run, compared with the last comparable one; for CI
	@$(BIN)/rampart nightly --target $(TARGET) $(ARGS)

ladder: $(READY)  ## mend the lab's first bottleneck, ramp again, find the next: at most half an hour
	@$(BIN)/rampart ladder $(ARGS)

report: $(READY)  ## rebuild everything derived from a run: make report RUN=runs/…
	@$(BIN)/rampart report $(RUN) $(ARGS)

seed: $(READY)  ## grow the data alone: make seed ARGS='--tenants 1000'
	@$(BIN)/rampart seed --target $(TARGET) $(ARGS)

lab: $(READY)  ## the lab alone, until `rampart lab down`: make lab ARGS='--flaws n-plus-one'
	@$(BIN)/rampart lab up $(ARGS)

doctor: $(READY)  ## everything that could spoil a run
	@$(BIN)/rampart doctor --target $(TARGET) $(ARGS)

LINT := $(BIN)/ruff check . && $(BIN)/ruff format --check -q . && $(BIN)/mypy

# Tests that do not depend on timing run in four processes, the longest files first: most of their time is waiting. Ramps
# have the machine to themselves. At most 8 minutes on two cores.
test: $(READY)  ## everything that CI runs
	@t0=$$(date +%s); $(LINT) && t1=$$(date +%s) && \
	$(BIN)/python -m pytest -q -n 4 --dist loadfile --no-loadscope-reorder -m 'not alone and not acceptance' tests $(ARGS) && t2=$$(date +%s) && \
	$(BIN)/python -m pytest -q -m 'alone and not acceptance' tests/integration $(ARGS) && t3=$$(date +%s) && \
	echo "lint $$((t1 - t0)) s, side by side $$((t2 - t1)) s, alone $$((t3 - t2)) s: $$((t3 - t0)) s"

unit: $(READY)  ## the fast tests alone
	@$(BIN)/python -m pytest -q tests/unit $(ARGS)

lint: $(READY)  ## ruff and mypy
	@$(LINT)

flawbank: $(READY)  ## every planted flaw named blind and scored; it resumes: make flawbank ARGS='--minutes 120'
	@$(BIN)/rampart flawbank $(ARGS)

flawbank-verify: $(READY)  ## each planted flaw with and without it: does mending move the capacity, or end the violation?
	@$(BIN)/rampart flawbank --verify $(ARGS)

claims: $(READY)  ## claims about how a SaaS breaks, each beside what the lab measured
	@$(BIN)/rampart claims $(ARGS)

acceptance: $(READY)  ## the long tests, and each flaw of the profile young, ramped and named three times; over an hour
	@$(BIN)/python -m tests.acceptance $(ARGS)

chaos: $(READY)  ## faults in the middle of seed, ramp and confirm; writes docs/chaos.md; at most 45 min
	@$(BIN)/python -m tests.acceptance.chaos $(ARGS)

strangers: $(READY)  ## applications that nobody here designed, each with one mistake, ramped and named blind
	@$(BIN)/python -m tests.acceptance.strangers $(ARGS)

docs: $(READY)  ## the pages that are made from the code: docs/metrics.md, docs/thresholds.md, docs/verdict.md and its schema, the tables of docs/safety.md and docs/outcomes.md
	@$(BIN)/python -m benchmarks.metrics_page
	@$(BIN)/python -m benchmarks.thresholds_page
	@$(BIN)/python -m benchmarks.verdict_page
	@$(BIN)/python -m benchmarks.safety_page
	@$(BIN)/python -m benchmarks.outcomes_page

bench-knee: $(READY)  ## our knee beside its rivals on simulated networks
	@$(BIN)/python -m benchmarks.knee $(ARGS)

bench-analysis: $(READY)  ## a recorded hour of 36 million requests to its verdict: seconds and memory
	@$(BIN)/python -m benchmarks.analysis $(ARGS)

bench-free-numbers: $(READY)  ## numbers that somebody chose and whose change by a quarter changes a rank or a gain
	@$(BIN)/python -m benchmarks.free_numbers $(ARGS)

bench-gain: $(READY)  ## what remedies would buy, predicted beside what experiments saw
	@$(BIN)/python -m benchmarks.gain $(ARGS)

bench-naming: $(READY)  ## our verdicts beside simple rules on the same recordings
	@$(BIN)/python -m benchmarks.naming $(ARGS)

bench-seed: $(READY)  ## our bulk load beside pgbench and COPY FROM
	@$(BIN)/python -m benchmarks.seed $(ARGS)

bench-thresholds: $(READY)  ## how far each threshold can move before a recording changes its name; writes docs/thresholds.*
	@$(BIN)/python -m benchmarks.thresholds $(ARGS)

clean:  ## remove the environment and caches; runs are kept
	@rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache
