# make tables   refit the models and write every table and figure (CONFIG=config/smoke.yaml: a small run)
# make test     run the tests;  make test-quick: those without the mark `slow`
# make test-system   whole runs: one core and two, killed, out of disk, through SLURM
# make test-cmdstan-home   the tests of packages/cmdstan-home
# make slurm    add what profiles/slurm needs to .venv
# make lint     check style, types, the workflow and the Stan programs
# make bench    time the library against other packages
# make docs     draw the picture of README.md again
# make clean    remove what runs have made; set-up and committed results stay
#
# Each target first sets up what it needs: .venv from envs/requirements.lock and, for Stan, a CmdStan.

CONFIG ?=
CORES ?= all
PYTHON ?=
ARGS ?=

BIN := .venv/bin

# An empty HOME would put caches under /; without one Python asks the password database.
ifeq ($(HOME),)
unexport HOME
endif

.PHONY: tables test test-quick test-system test-cmdstan-home slurm lint bench docs clean toolchain

tables: .venv/.complete
	$(BIN)/snakemake --cores $(CORES) $(if $(CONFIG),--configfile $(CONFIG)) $(ARGS)

test: toolchain
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not system" $(ARGS)

test-quick: toolchain
	$(BIN)/python -m pytest -n 2 -m "not system and not slow" $(ARGS)

test-system: toolchain slurm
	$(BIN)/python -m pytest -n 2 --dist loadfile -m system $(ARGS)

test-cmdstan-home: .venv/.complete
	cd packages/cmdstan-home && ../../$(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS)

lint: toolchain
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow/rules
	$(BIN)/python -m bayesfolio.settings check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo --no-cache
	@stanc="$$($(BIN)/python -m cmdstan_home path)/bin/stanc"; status=0; \
	for file in $$(find stan benchmarks -name '*.stan' -o -name '*.stanfunctions'); do \
	    "$$stanc" --auto-format --max-line-length=100 --allow-undefined \
	        --include-paths=stan,stan/functions "$$file" | diff -u "$$file" - || status=1; \
	done; \
	[ $$status = 0 ] || echo "lint: stanc would format the Stan files above differently" >&2; exit $$status

slurm: .venv/.complete
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps \
	    -r envs/slurm.lock

bench: toolchain
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps \
	    -r envs/bench.lock
	@set -e; for file in benchmarks/bench_*.py; do echo "$$file"; $(BIN)/python "$$file"; done

docs: .venv/.complete
	$(BIN)/snakemake results/workstation/momentum/figures/figure1.png
	$(BIN)/python -c 'import sys; from PIL import Image; Image.open(sys.argv[1]).convert("RGB").quantize(32).save(sys.argv[2], optimize=True)' \
	    results/workstation/momentum/figures/figure1.png docs/figure1.png

toolchain: .venv/.complete
	@$(BIN)/python -m cmdstan_home install

.venv/.complete: envs/requirements.lock pyproject.toml packages/cmdstan-home/pyproject.toml
	@python=; for name in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 python; do \
	    "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	    python="$$name"; break; \
	done; \
	[ -n "$$python" ] || { \
	    echo "make: found no Python 3.11 or later; install one, or name it: make PYTHON=/path/to/python3" >&2; exit 1; }; \
	echo "setting up .venv with $$("$$python" --version) (a few minutes)"; \
	"$$python" -m venv .venv || { \
	    echo "make: $$python cannot make virtual environments; install its venv module" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
	    -r envs/requirements.lock || { \
	    echo "make: pip could not install envs/requirements.lock; if it reached no package index, tell it of one (pip config set global.index-url)" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation \
	    -e packages/cmdstan-home -e .
	@touch $@

clean:
	rm -rf build .snakemake .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find results -mindepth 1 -maxdepth 1 ! -name published ! -name paper -exec rm -rf {} +
