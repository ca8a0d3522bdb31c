# The only task runner: whatever CI does is one of these targets. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PYTHON_IN_VENV := .venv/bin/python
STACK ?= dev

##@ Start here

.PHONY: demo
demo: setup ## Set everything up and follow real payments through all seven services
	@$(PYTHON_IN_VENV) -m devkit.demo

.PHONY: up
up: setup ## Start servers and all services, and leave them running (STACK=name for another one)
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
