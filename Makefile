# Thin names for the two commands that matter; everything they need is in manage.py and .ci/run.
.DEFAULT_GOAL := help
.PHONY: help up test check lock

help: ## List the names
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

up: ## Start Signalbox on this machine
	python3 manage.py up

test: ## Run all tests
	python3 manage.py test

check: ## Run what CI runs
	.ci/run

lock: ## Write the lock files anew from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -o requirements.txt
	uv pip compile pyproject.toml --extra dev -c requirements.txt --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -o requirements-dev.txt
