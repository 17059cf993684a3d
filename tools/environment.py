"""Make the virtual environment, also where the system's Python comes without ensurepip (bare Debian). Standard library only."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)
ADVICE = """
Python cannot make a virtual environment with pip here. 此处的 Python 无法建立带 pip 的虚拟环境。
On Debian or Ubuntu:   apt-get install python3-venv
then run make again. 安装后请重新运行 make。
"""


def main(folder: Path) -> int:
    """Make ``folder``; 0 when it has a Python with pip afterwards."""
    if sys.version_info < OLDEST:
        print(f"zimao needs Python {OLDEST[0]}.{OLDEST[1]} or newer, this is {sys.version.split()[0]}; set PYTHON=…", file=sys.stderr)
        return 1
    for attempt in (_with_ensurepip, _after_install, _with_system_pip):
        shutil.rmtree(folder, ignore_errors=True)
        if attempt(folder) and _has_pip(folder):
            return 0
    shutil.rmtree(folder, ignore_errors=True)
    print(ADVICE, file=sys.stderr)
    return 1


def _with_ensurepip(folder: Path) -> bool:
    return importlib.util.find_spec("ensurepip") is not None and _ok([sys.executable, "-m", "venv", str(folder)])


def _after_install(folder: Path) -> bool:
    """As root on Debian the missing package is installed."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    version = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    _ok(["apt-get", "-q", "update"], quiet)
    installed = any(_ok(["apt-get", "-q", "install", "-y", "--no-install-recommends", name], quiet) for name in (version, "python3-venv"))
    return installed and _ok([sys.executable, "-m", "venv", str(folder)])


def _with_system_pip(folder: Path) -> bool:
    """A pip outside the environment can install one into it."""
    python = str(folder / "bin" / "python")
    return _ok([sys.executable, "-m", "venv", "--without-pip", str(folder)]) and _ok(
        [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "pip"]
    )


def _has_pip(folder: Path) -> bool:
    return _ok([str(folder / "bin" / "python"), "-m", "pip", "--version"])


def _ok(command: list[str], environment: dict[str, str] | None = None) -> bool:
    try:
        return subprocess.run(command, env=environment, check=False, stdout=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
