"""The Spark tests need PySpark, which the lock file leaves out. Where it is missing they are not collected, and the summary says so."""

from __future__ import annotations

from importlib.util import find_spec

HAVE_SPARK = find_spec("pyspark") is not None
collect_ignore = [] if HAVE_SPARK else ["test_spark.py"]


def pytest_terminal_summary(terminalreporter):
    if not HAVE_SPARK:
        terminalreporter.write_line("bulk/tests/test_spark.py left out: PySpark is not installed (docs/guide/kernel-bulk.md says how)")
