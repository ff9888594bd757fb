# One vocabulary of tasks; each makes what it needs. PYTHON picks the interpreter (3.11).
PYTHON ?= python3.11
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
NEXTCALL := $(BIN)/nextcall

.PHONY: help setup setup-core test demo bench lint serve clean lock

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

setup: ## the environment with everything (tests, Spark, text)
	@bash scripts/setup.sh all

setup-core: ## the environment for the demo: core and serving
	@bash scripts/setup.sh core

demo: setup-core ## make the embedded operator, run the main job on it, leave the service answering
	@bash scripts/demo.sh

test: setup ## lint, types, layers, tests: what CI runs
	@bash scripts/test.sh

lint: setup ## format, lint, types and layers only
	@bash scripts/lint.sh

bench: setup-core ## speeds and memory at 100,000 customers
	@$(BIN)/nextcall experiments --run speed

serve: setup-core ## the service on the registry's champions
	@$(NEXTCALL) serve

lock: ## pin what is installed now into requirements.lock
	@bash scripts/lock.sh

clean: ## remove the environment and everything made
	rm -rf $(VENV) var
