# Every target calls dev.py, which does all set-up: python3 dev.py run
.PHONY: help run test setup check bench i18n
PYTHON ?= python3

help: ## show this list
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'
run: ## set up what is missing and serve the demo
	@$(PYTHON) dev.py run
test: ## style and all tests (ARGS="--without-pg" and the like)
	@$(PYTHON) dev.py test $(ARGS)
setup: ## only the set-up (ARGS=test for that of the tests)
	@$(PYTHON) dev.py setup $(ARGS)
check: ## only the style
	@$(PYTHON) dev.py check
bench: ## benchmarks (ARGS="NAME --quick")
	@$(PYTHON) dev.py bench $(ARGS)
i18n: ## bring the catalogues up to date
	@$(PYTHON) dev.py i18n
