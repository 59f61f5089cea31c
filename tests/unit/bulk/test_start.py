"""What the processes of a run load when they start: nothing that takes long and that they do not need."""

import subprocess
import sys


def _loaded(modules: str) -> set[str]:
    program = f"import sys, {modules}; print(*sys.modules)"
    printed = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return set(printed.stdout.split())


def test_the_process_that_leads_a_run_loads_no_compiler_and_no_server() -> None:
    loaded = _loaded(
        "app.cli.bulk, app.cli.context, app.bulk.runs.run_store, app.bulk.runs.run, app.bulk.runs.progress"
    )
    assert "app.bulk.runs.local_pool" in loaded
    assert not loaded & {"numba", "fastapi", "alembic", "openpyxl", "python_calamine"}


def test_the_processes_that_screen_are_made_with_everything_loaded_and_know_no_database() -> None:
    loaded = _loaded("app.bulk.runs.preload")
    assert {"app.matching.search.searcher", "app.bulk.readers.parquet_reader", "app.bulk.writers.writer"} <= loaded
    assert not loaded & {"sqlalchemy", "pydantic", "fastapi"}
