# The only task runner. `make` alone lists the targets.
.DEFAULT_GOAL := help
.PHONY: help run test lint advisories openapi relevance bench hostile judge maildomains

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-12s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Serve the demo data on http://127.0.0.1:8080
	cargo run --release -- demo

test: ## Run all tests on SQLite and PostgreSQL; install what they need where that is possible
	tests/prepare.sh
	@if cargo nextest --version >/dev/null 2>&1; then \
		set -x; cargo nextest run --workspace $(if $(CI),--profile ci); \
	else \
		echo "cargo-nextest is not installed: using cargo test"; \
		set -x; cargo test --workspace --lib --bins --tests --no-fail-fast; \
	fi

lint: ## Check format, clippy, and the licences, sources and advisories of dependencies
	cargo fmt --all --check
	@if grep -rnE --include='*.rs' '^ *//[/!] *(```|~~~)' */src; then \
		echo "code in doc comments is run by nobody: make it a test"; exit 1; \
	fi
	cargo clippy --workspace --all-targets -- -D warnings
	@if cargo deny --version >/dev/null 2>&1; then \
		set -x; cargo deny check bans licenses sources && $(MAKE) advisories; \
	else \
		echo "cargo-deny is not installed: dependencies not checked (cargo install cargo-deny --locked)"; \
	fi

advisories: ## Check dependencies for known holes; fails when there is one that deny.toml does not excuse
	@if cargo deny --version >/dev/null 2>&1 && cargo deny fetch db; then \
		set -x; cargo deny check --disable-fetch advisories; \
	elif [ -n "$(GITHUB_ACTIONS)" ]; then \
		echo "cargo-deny or its database of advisories cannot be had: advisories not checked"; exit 1; \
	else \
		echo "cargo-deny or its database of advisories cannot be had: advisories not checked"; \
	fi

openapi: ## Write openapi.yaml from the routes
	@# By way of a second file, so that a failed build leaves the old spec whole.
	cargo run --quiet -- openapi >openapi.yaml.new || { rm -f openapi.yaml.new; exit 1; }
	mv openapi.yaml.new openapi.yaml

relevance: ## Judge the search by queries judged by hand; prints nDCG, MRR and false finds
	cargo test --quiet --workspace --test it -- --nocapture relevance::

bench: ## Measure search beside a bare index server and PostgreSQL's full-text search
	bench/run.sh

hostile: ## Do all at once what a hostile stranger would, beside one honest user
	cargo build --release --quiet -p toadlane -p toadlane-bench
	target/release/toadlane-bench hostile

maildomains: ## Take the lists of domains of free and disposable mailboxes anew from their packages
	api/data/refresh_mail_domains.sh

judge: ## Let independent validators judge a live server and its spec
	tests/judge/run.sh
