CARGO ?= cargo
TESTBED := $(CARGO) run --quiet --package testbed --

.PHONY: help demo test testbed cluster cluster-down bench

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
