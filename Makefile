# The two commands are `make run` and `make test`; each sets up what it needs on its own.

TARGET = $(or $(CARGO_TARGET_DIR),$(CURDIR)/target)
COMPASSO_BIN ?= $(TARGET)/debug/compasso
export COMPASSO_BIN

PYTEST = .venv/bin/python -m pytest -c e2e/pytest.ini --rootdir e2e
SOAK_MINUTES ?= 60
FUZZ_INPUTS ?= 1000000
SIM_SEEDS ?= 20000
SIM_FROM ?= 0

ON_POSTGRES = executions pipeline_runs pipeline_flow pipeline_schedules backfills redrive search leases \
	gates triggers distributed_map map_run_crashes

.PHONY: e2e-postgres run console console-test test check bench e2e fmt soak fuzz sim crash setup tidy build rust-test

run: setup console
	cargo build --profile local --package compasso
	scripts/run

# Cheapest first: what is wrong shows early.
test: setup tidy rust-test fuzz sim e2e console-test crash

check: setup
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	$(MAKE) tidy rust-test

fmt:
	cargo fmt --all

bench: setup
	cargo build --release --package compasso --package compasso-bench
	$(TARGET)/release/compasso-bench $(BENCH)

# Real clients against the real binary, and every example; E2E="-k callback" runs a part.
e2e: setup build
	$(PYTEST) e2e --ignore e2e/test_crash.py --ignore e2e/test_cluster_chaos.py $(E2E)

# What keeps executions, with PostgreSQL as the store.
e2e-postgres: setup build
	E2E_STORE=postgres $(PYTEST) $(ON_POSTGRES:%=e2e/test_%.py)

# The browser's part; without Node it says so and is left out.
console:
	@scripts/console build

console-test: build
	@scripts/console test

# Twenty kills under load, and a cluster in which everything breaks; `make soak` goes on with each for SOAK_MINUTES.
crash: setup build
	$(PYTEST) e2e/test_crash.py e2e/test_cluster_chaos.py

soak: setup
	cargo build --release --package compasso
	COMPASSO_BIN=$(TARGET)/release/compasso CRASH_MINUTES=$(SOAK_MINUTES) CHAOS_MINUTES=$(SOAK_MINUTES) \
		$(PYTEST) e2e/test_crash.py e2e/test_cluster_chaos.py -s

fuzz: build
	$(TARGET)/debug/compasso-fuzz --inputs $(FUZZ_INPUTS)

# Clusters with trouble, in virtual time; some seeds twice, as each is to mean the same every time.
sim: setup
	cargo build --profile sim --package compasso-sim
	$(TARGET)/sim/compasso-sim --seeds $(SIM_SEEDS) --from $(SIM_FROM)

setup:
	@scripts/setup

tidy:
	cargo xtask tidy

# One build for the Rust tests, the fuzzer and the end-to-end tests: built one by one, the packages
# would be compiled again with other features of their dependencies.
build:
	cargo build --workspace --bins --tests

# nextest runs the tests of all crates side by side; without it cargo does the same more slowly.
rust-test: build
	@if cargo nextest --version >/dev/null 2>&1; then \
		cargo nextest run --workspace --no-fail-fast && cargo test --workspace --doc --quiet; \
	else \
		cargo test --workspace --no-fail-fast; \
	fi
