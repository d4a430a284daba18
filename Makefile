# The two commands are `make run` and `make test`; each sets up what it needs on its own.

COMPASSO_BIN ?= $(CURDIR)/target/debug/compasso
export COMPASSO_BIN

PYTEST = .venv/bin/python -m pytest -c e2e/pytest.ini --rootdir e2e

# Tests stop at the first kind that fails, cheapest first.
.PHONY: run test check bench e2e fmt soak setup tidy rust-test crash binary

run: setup
	cargo build --profile local --package compasso
	scripts/run

test: setup tidy rust-test e2e crash

check: setup
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	$(MAKE) tidy rust-test

fmt:
	cargo fmt --all

bench:
	cargo build --release --package compasso
	cargo run --release --package compasso-bench -- $(BENCH)

e2e: setup binary
	$(PYTEST) e2e --ignore e2e/test_crash.py $(E2E)

# Twenty kills in `make test`; `make soak` goes on for SOAK_MINUTES.
crash: setup binary
	$(PYTEST) e2e/test_crash.py

soak: setup
	cargo build --release --package compasso
	COMPASSO_BIN=$(CURDIR)/target/release/compasso CRASH_MINUTES=$(SOAK_MINUTES) \
		$(PYTEST) e2e/test_crash.py -s

SOAK_MINUTES ?= 60

setup:
	@scripts/setup

tidy:
	cargo xtask tidy

# nextest runs the tests of all crates side by side; without it cargo does the same more slowly.
rust-test:
	@if cargo nextest --version >/dev/null 2>&1; then \
		cargo nextest run --workspace --no-fail-fast && cargo test --workspace --doc --quiet; \
	else \
		cargo test --workspace --no-fail-fast; \
	fi

binary:
	cargo build --package compasso
