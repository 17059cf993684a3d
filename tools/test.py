"""``make test``: every test on SQLite, then those that use the database on PostgreSQL, with one summary at the end."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

import browser  # noqa: E402 - beside this file
from tests import postgres  # noqa: E402 - needs the path above

PROCESSES = os.environ.get("ZIMAO_TEST_PROCESSES", str(min(4, os.cpu_count() or 1)))


@dataclass(frozen=True, slots=True)
class Run:
    """One run of pytest and what it counted."""

    name: str
    seconds: float
    passed: int
    failed: int
    skipped: int
    code: int

    @property
    def good(self) -> bool:
        """Every collected test passed, and there were some."""
        return self.code == 0 and self.passed > 0 and not self.skipped


def main() -> int:
    """0 when every run was good."""
    chromium = browser.ensure()
    if chromium is None:
        print("No browser could be found or installed; set ZIMAO_CHROMIUM. 找不到浏览器。", file=sys.stderr)
        return 1
    more = sys.argv[1:]
    environment = {**os.environ, "ZIMAO_CHROMIUM": chromium}
    environment.pop("ZIMAO_DATABASE_URL", None)
    runs = [
        _pytest("SQLite", ["-m", "not postgres_only and not browser", *_parallel(), *more], environment),
        _pytest("SQLite, browser", ["-m", "browser", *more], environment),
    ]
    with postgres.running() as url:
        environment["ZIMAO_DATABASE_URL"] = url
        runs.append(_pytest("PostgreSQL", ["--only-database", "-m", "not browser", *_parallel(), *more], environment))
        runs.append(_pytest("PostgreSQL, browser", ["-m", "journey", *more], environment))
    return _summary(runs)


def _parallel() -> list[str]:
    # By file, so that what a file prepares once is prepared once.
    return ["-n", PROCESSES, "--dist", "loadfile"]


def _pytest(name: str, arguments: Sequence[str], environment: Mapping[str, str]) -> Run:
    print(f"\n=== {name}", flush=True)
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", f"--junitxml={report}", "--durations=10", *arguments]
        code = subprocess.run(command, cwd=ROOT, env=dict(environment), check=False).returncode
        counted = _read(report)
    return Run(name, time.monotonic() - started, *counted, code)


def _read(report: Path) -> tuple[int, int, int]:
    """Passed, failed, skipped."""
    if not report.exists():
        return 0, 0, 0
    suite = ET.parse(report).getroot().find("testsuite")  # noqa: S314 - written by the run above
    if suite is None:
        return 0, 0, 0
    total, bad, skipped = (int(suite.get(name, "0")) for name in ("tests", "failures", "skipped"))
    bad += int(suite.get("errors", "0"))
    return total - bad - skipped, bad, skipped


def _summary(runs: Sequence[Run]) -> int:
    print("\n" + f"{'':<24}{'passed':>8}{'failed':>8}{'skipped':>9}{'seconds':>9}")
    for run in runs:
        print(f"{run.name:<24}{run.passed:>8}{run.failed:>8}{run.skipped:>9}{run.seconds:>9.0f}  {'ok' if run.good else 'NOT OK'}")
    good = all(run.good for run in runs)
    print("All tests passed. 全部测试通过。" if good else "There are failures. 有测试未通过。")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
