"""Resolve requirements.lock (what runs) and requirements-dev.lock (also what tests and checks) again, with hashes."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMON = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "--no-annotate", "--quiet"]


def main() -> int:
    """Both files; versions that are locked stay unless pyproject.toml asks for others or ``--upgrade`` is given."""
    more = ["--upgrade"] if "--upgrade" in sys.argv else []
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        binaries = Path(folder) / "bin"
        subprocess.run([binaries / "python", "-m", "pip", "install", "--quiet", "uv"], check=True)
        compile_ = [binaries / "uv", "pip", "compile", "pyproject.toml", *COMMON, *more]
        dev = ROOT / "requirements-dev.lock"
        for command in (
            [*compile_, "--extra", "build", "--extra", "dev", "--output-file", dev.name],
            [*compile_, "--extra", "build", "--constraint", dev.name, "--output-file", "requirements.lock"],
        ):
            subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, "UV_NO_CONFIG": "1"})
    return 0


if __name__ == "__main__":
    sys.exit(main())
