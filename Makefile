.PHONY: run test check format clean

# Sets up what is missing and starts the program; without a terminal it runs the demo instead.
run:
	@sh scripts/setup.sh
	@if [ -t 1 ]; then .venv/bin/voice-agent; else .venv/bin/voice-agent demo --fast; fi

# Everything that must hold: lint, format, types, import contracts, tests.
test: check
	@.venv/bin/python -m pytest -q -n 3 --dist loadgroup

check:
	@sh scripts/setup.sh dev
	@.venv/bin/ruff check --output-format concise .
	@.venv/bin/ruff format --check --quiet .
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-cache | grep -E 'KEPT|BROKEN|Contracts:|->' && .venv/bin/lint-imports --no-cache >/dev/null

format:
	@.venv/bin/ruff format .
	@.venv/bin/ruff check --fix .

clean:
	rm -rf .venv dist build .mypy_cache .ruff_cache .pytest_cache
