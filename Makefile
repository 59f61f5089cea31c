# Every task of the project; people, pre-commit and CI call the same targets.  POSIX sh and make suffice.

PORT ?= 8000
BUDGET ?= 600
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)

# The stamps carry what the environment was made from, so a second call costs nothing and a new lock file
# is never missed.
KEY := $(shell cat pyproject.toml requirements.lock | cksum | tr ' ' '-')
RUNTIME := $(VENV)/.runtime-$(KEY)
TOOLS := $(VENV)/.tools-$(KEY)
BENCH := $(VENV)/.bench-$(KEY)
SPARK := $(VENV)/.spark-$(KEY)
RUNTIME_EXTRAS := postgres,parquet
TOOLS_EXTRAS := $(RUNTIME_EXTRAS),dev
BENCH_EXTRAS := $(TOOLS_EXTRAS),bench
SPARK_EXTRAS := $(TOOLS_EXTRAS),spark
AUDIT_BIN := $(VENV)/audit/bin
AUDIT := $(VENV)/audit/.made
COMMA := ,
HASHED := --quiet --python-version 3.11 --python-platform linux --generate-hashes --no-emit-index-url --no-header --no-annotate -c requirements.lock
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# Long proofs of absolute times and of processes that end: nothing may run beside them.
ALONE := tests/faults tests/api/test_every_value.py tests/service/watchlists/test_long_cells.py \
	tests/service/watchlists/test_lists_size.py tests/service/screening/test_long_texts.py

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help setup run test test-fresh test-interpreted test-spark spark-setup check check-long fix bench bench-quality bench-speed bench-bulk bench-kills bench-jobs bench-console bench-service lock image-lock sbom audit docs samples clean

help: ## list the targets (列出全部目标)
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-14s %s\n", $$1, $$2}' Makefile

setup: $(RUNTIME) ## create .venv with the PostgreSQL driver and Parquet support (建立运行环境)

run: setup ## migrate, load the samples, print keys and a request, serve; PORT=8000 (启动)
	@exec $(BIN)/cutoff demo --port $(PORT)

test: $(TOOLS) ## run every test that this machine can run; ARGS='-k name' narrows (运行测试)
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 8 --dist loadfile $(ARGS)

# What it finds is mended and kept in its test as @example.
test-fresh: $(TOOLS) ## run the property tests with new random examples; BUDGET=600 seconds (随机性质测试)
	CUTOFF_TEST_BUDGET_S=$(BUDGET) $(BIN)/python -m pytest --hypothesis-profile fresh -m 'hypothesis and not long' \
		--numprocesses auto --maxprocesses 8 $(ARGS)

# The heart of the matcher line by line, without its compiler, so that coverage sees it: a minute.
test-interpreted: $(TOOLS) ## run the unit tests of matching without its compiler, with coverage (不经编译的匹配测试)
	NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest tests/unit/matching -m 'not long and not compiled' \
		-W 'ignore:overflow encountered:RuntimeWarning' --cov=app.matching --cov-config=tests/unit/matching/coverage.ini \
		--cov-report=term-missing:skip-covered --cov-fail-under=90 $(ARGS)

test-spark: $(SPARK) ## run the tests on a Spark cluster of two executors (Spark 测试)
	CUTOFF_TEST_REQUIRE=spark $(BIN)/python -m pytest tests/spark $(ARGS)

spark-setup: $(SPARK) ## add PySpark to .venv; it needs Java 17 (安装 Spark)

check: $(TOOLS) ## lint, format, types, layers, generated pages, lock file (静态检查)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python docs/generate.py --check
	$(BIN)/python -m pytest -q -p no:cacheprovider tests/contract/test_shipping.py

check-long: $(TOOLS) ## run the long proofs: many random cases, floods, absolute times (长时间验证)
	$(BIN)/python -m pytest -m long --numprocesses auto --maxprocesses 8 $(addprefix --ignore=,$(ALONE)) $(ARGS)
	$(BIN)/python -m pytest -m long $(ALONE) $(ARGS)
	CUTOFF_TEST_HISTORIES=200 $(BIN)/python -m pytest --numprocesses auto --maxprocesses 8 tests/service/monitoring $(ARGS)

fix: $(TOOLS) ## mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: bench-quality bench-speed bench-bulk ## run all benchmarks (全部基准)

bench-quality: $(BENCH) ## precision and recall of the matcher on labelled data
	$(BIN)/python -m benchmarks.quality $(ARGS)

bench-speed: $(BENCH) ## time of one screening and of the index
	$(BIN)/python -m benchmarks.speed $(ARGS)

bench-bulk: $(BENCH) ## rows per second of a bulk file
	$(BIN)/python -m benchmarks.bulk $(ARGS)

bench-kills: $(BENCH) ## kill bulk runs again and again, and resume them
	$(BIN)/python -m benchmarks.bulk_kills $(ARGS)

bench-jobs: $(BENCH) ## single screenings while a job runs, and a worker that is killed
	$(BIN)/python -m benchmarks.jobs_beside $(ARGS)

bench-console: $(BENCH) ## processor time and bytes of each page (控制台各页)
	$(BIN)/python -m benchmarks.console $(ARGS)

bench-service: $(BENCH) ## single screenings as shares of a no-op in the same run (单笔服务)
	$(BIN)/python -m benchmarks.service $(ARGS)

lock: $(TOOLS) ## resolve pyproject.toml anew into requirements.lock
	$(PIP) install uv
	$(BIN)/uv pip compile --quiet --universal --all-extras --no-emit-index-url --no-header --no-annotate \
		--upgrade pyproject.toml -o requirements.lock

# The image installs by hash.  It has no packages of tests, so it has lock files of its own, with the same versions.
image-lock: $(TOOLS) ## write the hashes of what the image installs, at the versions of requirements.lock (镜像锁定)
	$(PIP) install uv
	$(BIN)/uv pip compile $(HASHED) $(foreach extra,$(subst $(COMMA), ,$(RUNTIME_EXTRAS)),--extra $(extra)) \
		pyproject.toml -o deploy/image.lock
	printf 'hatchling>=1.27\n' | $(BIN)/uv pip compile $(HASHED) - -o deploy/build.lock

sbom: $(AUDIT) ## write dist/sbom.cdx.json, a bill of materials (CycloneDX) of what the image installs (物料清单)
	@mkdir -p dist
	$(AUDIT_BIN)/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible --of JSON \
		-o dist/sbom.cdx.json deploy/image.lock

audit: $(AUDIT) ## ask the advisory service about every locked package; fails where it cannot be asked (漏洞审计)
	@$(AUDIT_BIN)/pip-audit --strict --no-deps --disable-pip --progress-spinner off -r requirements.lock || { \
		echo "审计未通过，或无法查询漏洞库：见上 / a package has an advisory, or none could be asked: see above" >&2; exit 1; }

docs: $(TOOLS) ## write the generated pages of docs/ again (重新生成文档)
	$(BIN)/python docs/generate.py

samples: $(TOOLS) ## write the sample lists of watchlists/ again (重新生成样例名单)
	$(BIN)/python -m watchlists.generate

clean: ## remove the environment and caches; the data in ./var stays (清理，保留数据)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "需要 Python ≥ 3.11，未找到 / Python 3.11 or newer is needed and was not found;" \
		"make PYTHON=/path/to/python3 …" >&2; exit 2; }
	@"$(PYTHON)" -m venv --clear $(VENV) || { echo "$(PYTHON) cannot create environments" \
		"(Debian, Ubuntu: apt install python3-venv)" >&2; exit 2; }

# An environment made by uv has no pip of its own.
define install
@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null
@echo "正在安装依赖 / installing the dependencies of [$(1)] …" >&2
@$(PIP) install -c requirements.lock -e '.[$(1)]'
@echo "正在编译匹配器，约一分钟 / compiling the matcher, about a minute …" >&2
@$(BIN)/python -c 'from app.matching import warm_up; warm_up()'
endef

$(RUNTIME): | $(BIN)/python
	$(call install,$(RUNTIME_EXTRAS))
	@rm -f $(VENV)/.runtime-* && touch $@

$(TOOLS): | $(BIN)/python
	$(call install,$(TOOLS_EXTRAS))
	@rm -f $(VENV)/.runtime-* $(VENV)/.tools-* && touch $(RUNTIME) $@

# An environment of its own: the tools of an audit are no part of what is audited.
$(AUDIT): | $(BIN)/python
	@$(BIN)/python -m venv --clear $(VENV)/audit
	@$(AUDIT_BIN)/python -m pip --disable-pip-version-check --quiet install 'cyclonedx-bom>=7,<8' 'pip-audit>=2.10,<3'
	@touch $@

$(BENCH): | $(TOOLS)
	$(call install,$(BENCH_EXTRAS))
	@rm -f $(VENV)/.bench-* && touch $@

$(SPARK): | $(TOOLS)
	$(call install,$(SPARK_EXTRAS))
	@rm -f $(VENV)/.spark-* && touch $@
