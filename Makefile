# Every command of the project; `make help` tells what each does.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
ENV ?= local
ITEMS ?= 1500
SEEDS ?= 1 2 3 4 5
VENV := .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest --numprocesses auto --dist loadgroup --no-loadscope-reorder
CHECKOV := build/checkov/bin/checkov
NODE := build/node/bin/node
POLICY_TOOLS := build/policies/bin
ASL_VALIDATOR := build/node/node_modules/asl-validator/dist/bin/asl-validator.js
# pip settings of the user's that would put packages elsewhere
unexport PIP_USER PIP_TARGET PIP_PREFIX PIP_REQUIRE_VIRTUALENV
# anything: `make bench` measures all there is
FULL ?=
# settings to plan with in place of terraform/environments/$(ENV).tfvars
VARS ?=
# a botocore to compare with, in place of the newest
WHEEL ?=

.PHONY: help setup build lint format test test-all demo up down plan apply destroy bench chaos iam facts

help: ## tell what each command does
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'
	@echo; echo "  ENV=local|dev|staging|prod picks the environment of plan, apply and destroy (now: $(ENV))"

setup: $(VENV)/.installed ## make the virtual environment with everything pinned, and the rollcall command in it

$(VENV)/.installed: requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Rollcall needs Python 3.11 or newer, this is %d.%d; name another one: make PYTHON=python3.12 …" % sys.version_info[:2])'
	@echo "setting up $(VENV) (once) …"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt 2> >(grep -v 'is ignored: it is' >&2)
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable . 2> >(grep -v 'is ignored: it is' >&2)
	@touch $@

build: setup ## build the Lambda zips, the layer and the image content into build/
	@$(BIN)/python scripts/build_lambdas.py

up: setup ## start the embedded cloud on this machine
	@$(BIN)/python -m embedded_cloud up

down: setup ## stop the embedded cloud; its state is kept
	@$(BIN)/python -m embedded_cloud down

plan: build ## show what apply would change in ENV
	@$(BIN)/python -m rollcall_deploy plan --env $(ENV) $(if $(VARS),--vars $(VARS))

apply: build ## bring ENV to what its tfvars say
	@$(BIN)/python -m rollcall_deploy apply --env $(ENV) $(if $(VARS),--vars $(VARS))

destroy: build ## remove everything Terraform made in ENV
	@$(BIN)/python -m rollcall_deploy destroy --env $(ENV) $(if $(VARS),--vars $(VARS))

demo: build up ## the nightly valuation of a derivatives book, on this machine (ITEMS=1500)
	@$(BIN)/python -m rollcall_deploy apply --env local --brief
	@$(BIN)/python scripts/demo.py --items $(ITEMS)

test: build ## run the tests, those on the embedded cloud too, but for the few that take longest
	@$(PYTEST) -m "not full"

test-all: build ## run every test, and see that each permission is used
	@$(PYTEST) --permissions

lint: build $(CHECKOV) $(POLICY_TOOLS)/parliament $(ASL_VALIDATOR) ## check code, types, formatting, Terraform, every environment's plan and state machine, and policies
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m rollcall_deploy lint
	@$(BIN)/python scripts/state_machines.py $(NODE) $(ASL_VALIDATOR)
	@$(CHECKOV) --directory terraform --directory modules --config-file .checkov.yaml
	@$(BIN)/python scripts/policies.py $(POLICY_TOOLS)

format: setup ## format Python and Terraform
	@$(BIN)/ruff check --fix-only --quiet . && $(BIN)/ruff format .
	@env -u TF_CLI_CONFIG_FILE terraform fmt -recursive

bench: build ## measure every engine side by side, in 20 minutes; FULL=1 measures everything, for hours
	@$(BIN)/rollcall bench --env local $(if $(FULL),--full)
ifneq ($(FULL),)
	@$(MAKE) --no-print-directory up
	@$(BIN)/python -m rollcall_deploy apply --env local --brief
	@$(BIN)/python scripts/bench_partition.py
endif

chaos: build ## lose, double and delay events, kill workers, take permissions away: 10,000 items for each of SEEDS="1 2 3 4 5"
	@PYTHONPATH=scripts $(BIN)/python -m chaos --seeds $(SEEDS)
	@ROLLCALL_SCHEDULES=30000 $(BIN)/python -m pytest tests/protocol/test_schedules.py
	@$(BIN)/python -m pytest tests/end_to_end/every_permission.py

iam: build ## list every permission with the test that used it, from a whole run of the tests
	@PYTHONPATH=scripts $(BIN)/python -m rollcall_iam

facts: build ## compare limits and recorded calls with the newest botocore (WHEEL=FILE: with that one)
	@PYTHONPATH=scripts $(BIN)/python -m rollcall_facts $(if $(WHEEL),--wheel $(WHEEL))

# checkov pins an older boto3, so it has an environment of its own
$(CHECKOV): requirements/checkov.txt
	@echo "setting up checkov (once) …"
	@$(PYTHON) -m venv build/checkov
	@build/checkov/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/checkov.txt 2> >(grep -v 'is ignored: it is' >&2)
	@touch $@

# cloudsplaining and parliament pin what others need otherwise
$(POLICY_TOOLS)/parliament: requirements/policies.txt
	@echo "setting up parliament and cloudsplaining (once) …"
	@$(PYTHON) -m venv build/policies
	@build/policies/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/policies.txt 2> >(grep -v 'is ignored: it is' >&2)
	@touch $@

# Node comes from the package index, so that a machine without it can lint too
$(ASL_VALIDATOR): requirements/node.txt requirements/asl-validator/package-lock.json
	@echo "setting up asl-validator (once) …"
	@$(PYTHON) -m venv build/node
	@build/node/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/node.txt 2> >(grep -v 'is ignored: it is' >&2)
	@cp requirements/asl-validator/*.json build/node
	@PATH="$(CURDIR)/build/node/bin:$$PATH" npm ci --prefix build/node --silent --no-audit --no-fund --ignore-scripts
	@touch $@
