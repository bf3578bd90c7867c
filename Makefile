CARGO ?= cargo
TESTBED := $(CARGO) run --quiet --package testbed --

SECONDS ?= 60
FUZZ := $(patsubst fuzz/fuzz_targets/%.rs,%,$(wildcard fuzz/fuzz_targets/*.rs))

.PHONY: help demo test testbed cluster cluster-down bench fuzz

help: ## What there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' Makefile

demo: testbed ## A compressed day on a real control plane, in three minutes; KEEP=1 leaves the cluster up
	@$(CARGO) run --quiet --package demo

test: testbed ## Format, lints, all tests, the chart: what CI runs
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- --deny warnings
	$(CARGO) test --workspace --no-fail-fast
	"$$($(TESTBED) tool helm)" lint --strict charts/alize

testbed: ## Build what the demo and the tests run on: alize, and Kubernetes itself into a cache
	@echo "Building alize, the test cluster and the demo (the first time takes minutes)"
	@$(CARGO) build --package alize --package testbed --package demo
	@$(TESTBED) build

cluster: testbed ## Start a cluster that stays, and print the line that points kubectl at it
	@$(TESTBED) up

cluster-down: ## End it
	@$(TESTBED) down

bench: ## Performance promises
	$(CARGO) bench

fuzz: ## Feed every parser for SECONDS (60) each; FUZZ=neso only that one. What ends one lies in fuzz/artifacts
	cd fuzz && $(CARGO) build --target-dir target --target $$(rustc --print host-tuple) $(FUZZ:%=--bin %)
	@cd fuzz && for parser in $(FUZZ); do \
		echo "$$parser for $(SECONDS) s"; \
		mkdir -p corpus/$$parser artifacts/$$parser; \
		target/$$(rustc --print host-tuple)/debug/$$parser corpus/$$parser -artifact_prefix=artifacts/$$parser/ \
			-max_total_time=$(SECONDS) -max_len=16384 -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 -verbosity=0 || exit 1; \
	done
