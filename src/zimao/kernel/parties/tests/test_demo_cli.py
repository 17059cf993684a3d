"""The demonstration's accounts and the command line."""

import json
from datetime import UTC, datetime

import pytest
from django.core.checks import run_checks
from typer.testing import CliRunner

from zimao.kernel.manifest import services
from zimao.kernel.parties import check
from zimao.kernel.parties.actors import actor_for
from zimao.kernel.parties.cli import app
from zimao.kernel.parties.demo import DEMO_PASSWORD, load_demo
from zimao.kernel.parties.models import Mandate, Membership, Party, Unit, User, Zone
from zimao.kernel.parties.policies import acts_for
from zimao.kernel.parties.tests.conftest import DAY, NOW, PEOPLE, make_user

DESKS = {role.key: role.key.rpartition(".")[2] for service in services() for role in service.roles}


def run(*words, **more):
    found = CliRunner().invoke(app, [*words, "--json"], **more)
    return found.exit_code, json.loads(found.stdout)


def test_the_demo_loads_once_and_is_whole(db):
    shown = load_demo(NOW)
    before = (User.objects.count(), Party.objects.count(), Membership.objects.count(), Mandate.objects.count(), Unit.objects.count())
    assert load_demo(datetime(2026, 5, 1, tzinfo=UTC)) == shown
    assert (
        User.objects.count(),
        Party.objects.count(),
        Membership.objects.count(),
        Mandate.objects.count(),
        Unit.objects.count(),
    ) == before
    assert {username for username, _, _ in shown} == set(User.objects.values_list("username", flat=True))
    assert {"owner", "agent", "citizen", "admin", "editor", "checker", "auditor", "acceptance2", "approver1", "xm-radio"} <= {
        row[0] for row in shown
    }


def test_each_desk_has_two_officers_in_one_zone_and_one_in_the_other(db):
    load_demo(NOW)
    assert DESKS
    for role, desk in DESKS.items():
        assert Membership.objects.valid_on(DAY).filter(role=role, zone_id="FZ", unit__code=desk).count() == 2
        assert Membership.objects.valid_on(DAY).filter(role=role, zone_id="XM", unit__code=desk).count() == 1
    admin = User.objects.get(username="admin")
    assert actor_for(admin, "FZ", DAY).has("zone.admin")
    assert actor_for(admin, "XM", DAY).has("zone.admin")


def test_the_demos_identifiers_are_valid_and_its_password_works(db):
    load_demo(NOW)
    for party in Party.objects.all():
        assert check(party.scheme, party.identifier, "identifier") == party.identifier
    assert all(user.check_password(DEMO_PASSWORD) and not user.totp_confirmed for user in User.objects.all()[:3])


def test_the_agent_acts_for_the_owner(db):
    load_demo(NOW)
    owner, agent = User.objects.get(username="owner"), User.objects.get(username="agent")
    assert acts_for("ship_registry", DAY)(actor_for(agent, "FZ", DAY), owner.party)
    assert not acts_for("ship_registry", DAY)(actor_for(owner, "FZ", DAY), agent.party)


def test_a_zone_and_its_first_administrator(db):
    assert run("zone", "FZ", "福州片区", "Fuzhou Area")[0] == 0
    words = ("create-admin", "boss", "--zone", "FZ", "--name", "王管理", "--identifier", PEOPLE[0])
    code, made = run(*words)
    assert (code, made["username"]) == (0, "boss")
    assert User.objects.get(username="boss").check_password(made["password"])
    assert actor_for(User.objects.get(), "FZ", Zone.objects.get().day(datetime.now(UTC))).has("zone.admin")
    code, problem = run(*words)
    assert (code, problem["code"]) == (1, "identifier.taken")


def test_a_given_password_is_read_from_standard_input_and_not_printed(zone):
    words = ("create-admin", "boss", "--zone", "FZ", "--name", "王管理", "--identifier", PEOPLE[0], "--password-stdin")
    code, made = run(*words, input="green-harbour-26\n")
    assert (code, made) == (0, {"username": "boss", "zone": "FZ"})
    assert User.objects.get().check_password("green-harbour-26")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("grant", "nobody", "auditor", "--zone", "FZ"), "user.unknown"),
        (("grant", "clerk", "auditor", "--zone", "NO"), "zone.unknown"),
        (("end", "99999", "--zone", "FZ"), "membership.missing"),
    ],
)
def test_a_refusal_is_a_problem_and_exit_code_1(zone, words, problem):
    make_user("clerk")
    code, found = run(*words)
    assert (code, found["code"]) == (1, problem)


def test_grant_list_and_end(zone):
    make_user("clerk", name="赵办事")
    code, made = run("grant", "clerk", "auditor", "--zone", "FZ", "--from", "2026-01-01")
    assert (code, made["role"], made["from"]) == (0, "auditor", "2026-01-01")
    _, listed = run("users", "--zone", "FZ")
    assert [(row["username"], row["name"], row["roles"]) for row in listed] == [("clerk", "赵*事", ["auditor@FZ"])]
    assert run("end", str(made["id"]), "--zone", "FZ")[0] == 0
    assert run("users")[1][0]["roles"] == []
    assert "auditor" in {row["key"] for row in run("roles")[1]}


def test_rotating_keys_from_the_command_line(zone, settings):
    settings.FIELD_KEYS = ("old",)
    make_user("clerk")
    settings.FIELD_KEYS = ("new", "old")
    code, found = run("rotate-keys", "--check")
    assert (code, found["stale"]["parties.Party"]) == (1, 1)
    assert run("rotate-keys")[0] == 0
    assert run("rotate-keys", "--check")[0] == 0


def test_unsafe_settings_are_warned_of(settings):
    settings.DEMO, settings.PUBLIC_URL, settings.OIDC_ISSUER = True, "https://zimao.example", "https://id.example"
    settings.OIDC_RP_CLIENT_ID = ""
    assert {"parties.W001", "parties.E001"} <= {found.id for found in run_checks()}
    settings.DEMO, settings.OFFICERS_NEED_TOTP = False, False
    assert "parties.W002" in {found.id for found in run_checks()}
