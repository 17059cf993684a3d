"""The shape of the house where import-linter has no words for it."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps

from zimao.kernel.manifest import services

SRC = Path(__file__).resolve().parent.parent / "src"
ZIMAO = SRC / "zimao"
KERNEL = ZIMAO / "kernel"
PARTS = sorted(path.name for path in KERNEL.iterdir() if (path / "__init__.py").exists() and path.name not in {"migrations", "tests"})
_FOLDERS = sorted(path.parent.name for path in (ZIMAO / "services").glob("*/__init__.py"))
SERVICES = [name for name in _FOLDERS if (ZIMAO / "services" / name / "service.py").exists()]
NOT_YET = {"__init__.py", "rules", "tables", "tests"}
ROOMS = {"models.py", "operations.py", "queries.py", "api.py", "demo.py", "simulation.py", "service.py"}


def _modules(*, tests: bool = False) -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(ZIMAO.rglob("*.py")):
        if "migrations" not in path.parts and (tests or "tests" not in path.parts):
            yield (
                ".".join(path.relative_to(SRC).with_suffix("").parts).removesuffix(".__init__"),
                ast.parse(path.read_text(encoding="utf-8")),
            )


def _imported(tree: ast.Module) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def test_only_the_engine_knows_spiffworkflow():
    users = {name for name, tree in _modules() if any(one.partition(".")[0] == "SpiffWorkflow" for one in _imported(tree))}
    assert users
    assert all(name.startswith("zimao.kernel.cases.engine") for name in users)


@pytest.mark.parametrize("part", PARTS)
def test_a_part_has_one_door_and_keeps_what_it_promises(part):
    door = importlib.import_module(f"zimao.kernel.{part}")
    assert door.__all__, "a door names what it gives"
    assert [name for name in door.__all__ if getattr(door, name, None) is None] == []
    assert sorted(set(door.__all__)) == sorted(door.__all__)


def test_every_public_module_of_the_kernel_says_what_it_gives():
    """``__all__`` and a docstring in every module that others import names from."""
    silent = [
        name
        for name, tree in _modules()
        if name.startswith("zimao.kernel.") and any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in tree.body)
        if not ast.get_docstring(tree)
    ]
    assert [name for name in silent if not name.endswith(".apps")] == []


def test_state_changes_only_in_operations():
    """Nothing outside the modules below calls save(), delete() or a manager's writing methods."""
    writing = {"save", "delete", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}
    pages_and_api = [
        f"{name}:{node.lineno}"
        for name, tree in _modules()
        if name.rpartition(".")[2] in {"pages", "api", "queries", "rules", "forms"} or ".pages." in name
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in writing
        if not ast.unparse(node.func.value).endswith(
            ("request.session", "session", "form", "router", "writer", "workbook", "image", "book")
        )
    ]
    assert pages_and_api == []


def test_a_service_has_its_rooms():
    assert SERVICES
    for service in SERVICES:
        found = {path.name for path in (ZIMAO / "services" / service).iterdir()}
        assert found >= ROOMS, f"{service} lacks {sorted(ROOMS - found)}"


def test_a_folder_that_is_no_service_yet_holds_rules_and_nothing_that_runs():
    for name in set(_FOLDERS) - set(SERVICES):
        found = {path.name for path in (ZIMAO / "services" / name).iterdir()} - {"__pycache__"}
        assert found <= NOT_YET, f"{name} has {sorted(found - NOT_YET)} and no service.py"


def test_a_service_is_registered_by_its_folder():
    assert sorted(one.key for one in services()) == SERVICES


def test_services_reach_the_kernel_only_and_never_each_other():
    for name, tree in _modules(tests=True):
        if name.startswith("zimao.services."):
            own = ".".join(name.split(".")[:3])
            others = [one for one in _imported(tree) if one.startswith("zimao.services.") and not f"{one}.".startswith(f"{own}.")]
            assert others == [], name
            assert [one for one in _imported(tree) if one.startswith("zimao.portal")] == [], name


def test_the_kernel_knows_no_service_and_no_portal():
    for name, tree in _modules(tests=True):
        if name.startswith("zimao.kernel"):
            above = [one for one in _imported(tree) if one.startswith(("zimao.services", "zimao.portal", "zimao.urls", "zimao.cli"))]
            assert above == [], name


def test_every_app_with_models_has_migrations():
    for config in apps.get_app_configs():
        if config.name.startswith("zimao.") and list(config.get_models()):
            assert Path(config.path, "migrations", "0001_initial.py").exists(), config.name
