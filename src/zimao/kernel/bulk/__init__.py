"""The bulk part's door: run a batch function over CSV and Parquet files, on this machine or on Spark. Free of Django."""

from __future__ import annotations

from zimao.kernel.bulk.console import run_command
from zimao.kernel.bulk.function import BatchFunction, Check, Column, Context, at_least, at_most, longest, matches, one_of
from zimao.kernel.bulk.job import Job, Outcome, Progress, run_file
from zimao.kernel.bulk.options import Given, Limits, Options
from zimao.kernel.bulk.spark import over

__all__ = [
    "BatchFunction",
    "Check",
    "Column",
    "Context",
    "Given",
    "Job",
    "Limits",
    "Options",
    "Outcome",
    "Progress",
    "at_least",
    "at_most",
    "longest",
    "matches",
    "one_of",
    "over",
    "run_command",
    "run_file",
]
