"""``make bench``: every workload in bench/, one after another, so that none disturbs the next. Names after the command choose some."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """0 when every workload ran to its end."""
    wanted = set(sys.argv[1:])
    files = [
        path for path in sorted((ROOT / "bench").glob("*.py")) if not path.name.startswith("_") and (not wanted or path.stem in wanted)
    ]
    failed = []
    for path in files:
        print(f"\n=== {path.stem}", flush=True)
        started = time.monotonic()
        with tempfile.TemporaryDirectory() as home:
            environment = {**os.environ, "ZIMAO_HOME": home, "ZIMAO_DEMO": "1", "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
            code = subprocess.run([sys.executable, str(path)], cwd=ROOT, env=environment, check=False).returncode
        print(f"--- {time.monotonic() - started:.1f} s, exit code {code}", flush=True)
        if code:
            failed.append(path.stem)
    print(f"\n{len(files) - len(failed)} of {len(files)} workloads ran" + (f"; failed: {', '.join(failed)}" if failed else ""))
    return 1 if failed or not files else 0


if __name__ == "__main__":
    sys.exit(main())
