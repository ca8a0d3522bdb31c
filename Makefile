# The only task runner: whatever CI does is one of these targets. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PYTHON_IN_VENV := .venv/bin/python
# make up JURISDICTION=us-ca [COUNTY=kern]: a county on another pack of jurisdictions/, beside Cook.
STACK ?= $(if $(JURISDICTION),$(JURISDICTION),dev)
ifdef JURISDICTION
export MILLAGE_JURISDICTION := $(JURISDICTION)
endif
ifdef COUNTY
export MILLAGE_COUNTY := $(COUNTY)
endif

##@ Start here

.PHONY: demo
demo: setup ## Set everything up and follow real payments through all seven services (JURISDICTION=us-ca)
	@$(PYTHON_IN_VENV) -m devkit.demo

.PHONY: up
up: setup ## Start servers and all services, and leave them running (JURISDICTION=us-ca, STACK=name)
	@$(PYTHON_IN_VENV) -m devkit up --stack $(STACK)

.PHONY: down
down: ## Stop what `make up` started; the data stay
	@test ! -x $(PYTHON_IN_VENV) || $(PYTHON_IN_VENV) -m devkit down --stack $(STACK)

.PHONY: status
status: setup ## Show the processes of the running stack
	@$(PYTHON_IN_VENV) -m devkit status --stack $(STACK)

.PHONY: logs
logs: setup ## Follow the logs of the running stack
	@$(PYTHON_IN_VENV) -m devkit logs --follow --stack $(STACK)

##@ Check and test

PYTEST := $(PYTHON_IN_VENV) -m pytest
UNIT_TESTS = libs services
# In the order of the files: those of few tests, which are the slow ones, would come last.
SIDE_BY_SIDE = -n 3 --dist loadfile --no-loadscope-reorder
HOUSE_TESTS = tests/tidy tests/contract tests/deploy
RUFF := .venv/bin/ruff
CHAOS_SECONDS ?= 75
LONG_CHAOS_SECONDS ?= 900

.PHONY: test
test: test-unit test-house test-integration test-chaos ## Everything but containers: set up and pass all tests
	@echo "all tests passed"

.PHONY: test-unit
test-unit: setup ## Tests of each library and each service, on real servers, side by side
	@$(PYTEST) $(SIDE_BY_SIDE) $(UNIT_TESTS)

PLANS ?= merged hashed indexed parallel

.PHONY: test-plans
test-plans: setup ## The same while PostgreSQL plans otherwise than it would, for each of PLANS: takes hours
	@for plan in $(PLANS); do \
	  MILLAGE_TEST_PLAN=$$plan $(PYTEST) $(SIDE_BY_SIDE) --timeout 7200 $(UNIT_TESTS) || exit 1; done

.PHONY: test-house
test-house: setup ## Contracts, manifests and house rules
	@$(PYTEST) -n 2 --dist loadfile $(HOUSE_TESTS)

.PHONY: test-integration
test-integration: setup ## All seven services as real processes on local servers
	@$(PYTEST) tests/integration

.PHONY: test-containers
test-containers: setup ## The same on PostgreSQL and RabbitMQ in containers, and a service's image (needs a Docker engine)
	@tools/images/build.sh postgres rabbitmq python
	@MILLAGE_TEST_CONTAINERS=1 $(PYTEST) tests/integration

.PHONY: test-compose
test-compose: setup ## The demo's scenes and every dashboard on deploy/compose with images built here (needs a Docker engine)
	@$(PYTEST) tests/compose

.PHONY: test-chaos
test-chaos: setup ## Kill processes and servers under a stream of payments for a minute; every cent is found again
	@MILLAGE_CHAOS_SECONDS=$(CHAOS_SECONDS) $(PYTEST) tests/chaos

.PHONY: chaos
chaos: setup ## The same for long: every role of every service, several rounds (MILLAGE_CHAOS_SECONDS)
	@MILLAGE_CHAOS_SECONDS=$${MILLAGE_CHAOS_SECONDS:-$(LONG_CHAOS_SECONDS)} MILLAGE_CHAOS_EVERYTHING=1 \
	  $(PYTEST) -s tests/chaos

.PHONY: check
check: setup lint types imports contracts manifests text ## All static checks

.PHONY: fmt
fmt: setup ## Format Python, and fix what can be fixed by itself
	@$(RUFF) check --fix --quiet . || true
	@$(RUFF) format --quiet .

.PHONY: generate
generate: setup ## Write what is generated: gRPC stubs, events/ from the services' schemas, docs/reasons.md
	@tools/proto.sh
	@$(PYTHON_IN_VENV) -m tools.contracts
	@$(PYTHON_IN_VENV) -m tools.reasons

PUBLISHED := libs/contracts/published

.PHONY: publish
publish: setup ## With each release: keep the contracts as published; from then on nothing in them may break
	@test ! -f $(PUBLISHED)/proto.binpb || .venv/bin/buf breaking proto --against $(PUBLISHED)/proto.binpb
	@$(PYTHON_IN_VENV) -m tools.contracts --publish
	@.venv/bin/buf build proto --exclude-source-info --output $(PUBLISHED)/proto.binpb

.PHONY: lint
lint: setup
	@$(RUFF) check --quiet --output-format concise .
	@$(RUFF) format --check --quiet .

.PHONY: types
types: setup ## mypy --strict over all packages and tools
	@.venv/bin/mypy libs/{taxkit,reportkit,devkit,cli}/src services/*/*_service
	@MYPYPATH=. .venv/bin/mypy tools/*.py tools/images/*.py

.PHONY: imports
imports: setup
	@said=$$(.venv/bin/lint-imports --no-cache 2>&1) || { echo "$$said"; exit 1; }

.PHONY: contracts
contracts: setup ## Contracts are linted, break nothing published, and generated files are current
	@.venv/bin/buf lint proto
	@.venv/bin/buf breaking proto --against $(PUBLISHED)/proto.binpb
	@if git cat-file -e HEAD~1:proto 2>/dev/null; then \
	  .venv/bin/buf breaking proto --against '.git#ref=HEAD~1,subdir=proto'; fi
	@tools/proto.sh --check
	@$(PYTHON_IN_VENV) -m tools.contracts --check

.PHONY: manifests
manifests: setup
	@$(PYTHON_IN_VENV) tools/images/dockerfiles.py --check
	@$(PYTHON_IN_VENV) -m tools.check_manifests

.PHONY: text
text: setup
	@.venv/bin/codespell
	@.venv/bin/yamllint --strict .

##@ Environment

.PHONY: setup
setup: ## Create or refresh .venv from the locked requirements (under a second when current)
	@tools/bootstrap.sh

.PHONY: install-editable
install-editable: ## Make packages added to libs/ and services/ importable in .venv
	@$(PYTHON_IN_VENV) tools/link_packages.py

.PHONY: help
help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@/ { printf "\n\033[1m%s\033[0m\n", substr($$0, 5) } \
	  /^[a-zA-Z0-9_-]+:.*## / { printf "  \033[36m%-20s\033[0m %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

##@ Benches

.PHONY: bench-counter
bench-counter: setup ## Counter payments beside the same rows written by pgbench
	@$(PYTHON_IN_VENV) -m bench.counter $(BENCH)

.PHONY: bench-fanout
bench-fanout: setup ## A payment's way to the last of five services: idle, at 200/s, saturated
	@$(PYTHON_IN_VENV) -m bench.fanout $(BENCH)

.PHONY: bench-quote
bench-quote: setup ## A quote for a parcel with twenty years of history
	@$(PYTHON_IN_VENV) -m bench.quote $(BENCH)

.PHONY: bench-levy
bench-levy: setup ## A levy run beside COPY of the same rows (MILLAGE_BENCH_BILLS; a county has 1000000)
	@$(PYTHON_IN_VENV) -m bench.levy $(BENCH)

.PHONY: bench-bulk
bench-bulk: setup ## A remittance file end to end, beside COPY of the same rows (MILLAGE_BENCH_LINES)
	@$(PYTHON_IN_VENV) -m bench.bulk $(BENCH)
