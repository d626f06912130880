# make sweep and make test need nothing but a POSIX shell, Python 3.11 or later and a network: the rest is set up here.
SHELL := /bin/sh
PY := .venv/bin/python
export LITELLM_LOCAL_MODEL_COST_MAP := True
export RAY_AUTH_MODE := token

.PHONY: setup sweep test fuzz chaos lint bench

setup: .venv/.ready
	@$(PY) -m mldevbench.cli doctor --build

.venv/.ready: constraints.txt pyproject.toml
	@sh .ci/setup
	@touch $@

# A small multi-seed study with a scripted model (no network, no key): ReAct on quick tasks, on this machine's own Ray.
QUICK := hello_world,noisy_imagenette_download,overfit_small_dataset,nan_losses,channelvit_no_tests
sweep: setup
	$(PY) -m mldevbench.sweep --agents react --models "scripted/coin?p=0.7" --tasks $(QUICK) --seeds 3 --out results/first-light

test: setup
	@sh .ci/test-tools
	$(PY) -m pytest

# Hostile input to whatever is trusted. For longer, and with new input: FUZZ_EXAMPLES=100000 make fuzz
fuzz: setup
	$(PY) -m pytest tests/fuzz --timeout=0

# Several hundred trials on four nodes whose processes are killed at random. Again with the same kills: CHAOS="--seed 7" make chaos
chaos: setup
	$(PY) -m tests.chaos.chaos --place $$(mktemp -d)/chaos $(CHAOS)

lint: .venv/.ready
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

bench: setup
	$(PY) -m tests.benchmarks
