"""Who may do what, as a matrix: every operation against every role.

Roles are checked by the decorator before the operation looks at anything, so both halves can be asked without data: a role
that is not listed is refused, a listed one gets as far as the operation's own arguments. Operations that anyone signed in
may call stand on a policy; each has a row in GUARDED that calls it as a stranger, and a new one without a row fails.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction

import zimao.urls  # noqa: F401 - pages and API bring in every module that declares operations
from tests.world import Writes, act_with, roles
from zimao.cli import build
from zimao.kernel.cases.materials import Upload
from zimao.kernel.cases.models import Case, Material, WorkItem
from zimao.kernel.errors import Missing, NotAllowed
from zimao.kernel.operations import Operation, operations

PDF = b"%PDF-1.7\n"
build()  # the commands bring in the operations that only they use


def _item() -> dict[str, Any]:
    found = WorkItem.objects.filter(status=WorkItem.Status.OPEN, case__zone_id="FZ").exclude(role="applicant").order_by("pk")[0]
    return {"item_id": found.pk}


def _case() -> dict[str, Any]:
    return {"number": Case.objects.filter(zone_id="FZ", status=Case.Status.OPEN).order_by("pk")[0].number}


GUARDED: Mapping[str, tuple[str, Callable[[], dict[str, Any]]]] = {
    "cases.claim_task": ("zimao.kernel.cases.policies.may_do_item", _item),
    "cases.complete_task": ("zimao.kernel.cases.policies.may_do_item", lambda: {**_item(), "values": {}}),
    "cases.reassign_task": ("zimao.kernel.cases.policies.supervises", lambda: {**_item(), "user_id": None, "reason": "x"}),
    "cases.extend_period": ("zimao.kernel.cases.policies.supervises", lambda: {**_item(), "days": 1, "reason": "x"}),
    "cases.suspend_clock": ("zimao.kernel.cases.policies.supervises", lambda: {**_case(), "kind": "hearing", "reason": "x"}),
    "cases.answer_suspension": ("zimao.kernel.cases.policies.supervises", _case),
    "cases.migrate": ("zimao.kernel.cases.policies.supervises", lambda: {**_case(), "version": 1, "reason": "x"}),
    "cases.receive_message": ("zimao.kernel.cases.policies.supervises", lambda: {**_case(), "message_id": "m-1", "name": "x"}),
    "cases.withdraw": ("zimao.kernel.cases.policies.files_for_applicant", _case),
    "cases.open_material": ("zimao.kernel.cases.policies.may_see_case", lambda: {"material_id": Material.objects.order_by("pk")[0].pk}),
    "cases.give_material": (
        "zimao.kernel.operations.Actor.acts_for",
        lambda: {
            "owner_id": Material.objects.order_by("pk")[0].owner_id,
            "service": "ship_registry",
            "kind": "application_form",
            "upload": Upload("a.pdf", PDF),
        },
    ),
    "measures.start_lab_run": (
        "zimao.kernel.measures.policies.may_run_lab",
        lambda: {"service": "ship_registry", "cases": 10, "seed": 1},
    ),
}
"""Operation -> the policy that guards it, and arguments with which a stranger meets that policy."""


def declared() -> dict[str, Operation]:
    """The operations of the platform: those that other tests declare for themselves, in the same process, are left out."""
    return {name: one for name, one in operations().items() if ".tests." not in one.call.__module__}


def _open_to_all() -> set[str]:
    return {name for name, one in declared().items() if "*" in one.roles}


def _needs_arguments(one: Operation) -> bool:
    given = list(inspect.signature(one.call).parameters.values())[1:]
    return any(parameter.default is parameter.empty and parameter.kind is parameter.KEYWORD_ONLY for parameter in given)


def _refused(one: Operation, role: str) -> bool:
    """Whether the role is turned away before the operation's own arguments are looked at."""
    try:
        one.call(act_with(role, datetime(2026, 3, 2, tzinfo=UTC)))
    except NotAllowed as error:
        return error.code == "role"
    except TypeError:
        return False
    return False


def test_there_are_operations_and_roles_to_cross():
    assert len(declared()) > 60
    assert {"user", "applicant", "system", "zone.admin", "auditor", "ship_registry.approver"} <= set(roles())


@pytest.mark.django_db
def test_a_role_that_is_not_listed_is_refused_and_writes_nothing():
    with Writes() as writes:
        wrong = [
            f"{role} may call {name}"
            for name, one in declared().items()
            for role in roles()
            if "*" not in one.roles and role not in one.roles and not _refused(one, role)
        ]
    assert wrong == []
    assert writes.found == []


@pytest.mark.django_db
def test_a_listed_role_is_not_refused():
    wrong = []
    for name, one in declared().items():
        if not _needs_arguments(one):
            continue  # it would run; test_operations_that_need_no_arguments looks at those
        for role in one.roles - {"*"}:
            with transaction.atomic():
                if _refused(one, role):
                    wrong.append(f"{role} may not call {name}")
    assert wrong == []


def test_every_role_of_an_operation_is_registered():
    unknown = {f"{name}: {role}" for name, one in declared().items() for role in one.roles - {"*"} if role not in roles()}
    assert unknown == NOT_GRANTED


NOT_GRANTED = {
    "documents.issue_demo: documents.demo_officer",
    "events.receive: event.source",
    "notices.record_receipt: sms.gateway",
}
"""Roles that no person is given: a counterpart's message proves itself by its signature, the demonstration opens its own office."""


def test_every_operation_open_to_all_has_a_guard():
    assert set(GUARDED) == _open_to_all()


@pytest.mark.parametrize("name", sorted(GUARDED))
def test_the_guard_exists(name):
    module, _, attribute = GUARDED[name][0].rpartition(".")
    owner, _, kind = module.rpartition(".")
    found = __import__(owner if kind[0].isupper() else module, fromlist=["_"])
    assert callable(getattr(getattr(found, kind) if kind[0].isupper() else found, attribute))


@pytest.mark.parametrize("role", ["user", "applicant", "auditor", "table.editor"])
def test_a_stranger_is_turned_away_and_writes_nothing(demo, role):
    wrong = []
    for name, (_, arguments) in GUARDED.items():
        if name == "measures.start_lab_run" and role == "auditor":
            continue  # auditors may run the lab
        given = arguments()
        with Writes() as writes:
            try:
                with transaction.atomic():
                    declared()[name].call(act_with(role), **given)
                wrong.append(f"{name}: a stranger got through")
            except (NotAllowed, Missing):
                pass
        if writes.found:
            wrong.append(f"{name}: {writes.found}")
    assert wrong == []


def test_an_officer_of_another_zone_is_turned_away(demo):
    """The same desk, the same role, the other zone: nothing of this zone may be touched."""
    elsewhere = act_with("ship_registry.supervisor")
    elsewhere.actor = type(elsewhere.actor)(None, None, "XM", frozenset({"ship_registry.supervisor", "user"}), "elsewhere")
    for name, (guard, arguments) in GUARDED.items():
        if guard.endswith("supervises"):
            with pytest.raises((NotAllowed, Missing)), transaction.atomic():
                declared()[name].call(elsewhere, **arguments())
