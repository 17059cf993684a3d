"""Who is who on which day: actors, zones, mandates, policies."""

from datetime import UTC, date, datetime

import pytest

from zimao.kernel.errors import NotAllowed, Refused
from zimao.kernel.operations import Act
from zimao.kernel.parties.actors import actor_for, actor_now, platform_actor, zones_of
from zimao.kernel.parties.models import Mandate, User, Zone
from zimao.kernel.parties.policies import acts_for, holds_role, is_self, principals_of, same_zone
from zimao.kernel.parties.roles import Role, mandate_services, register_mandate_service, register_roles, registered_roles, role_label
from zimao.kernel.parties.tests.conftest import DAY, give_role, make_user
from zimao.kernel.text import t


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "held"),
    [
        (date(2026, 3, 2), None, True),
        (date(2026, 3, 2), date(2026, 3, 2), True),
        (date(2026, 3, 3), None, False),
        (date(2026, 1, 1), date(2026, 3, 1), False),
        (date(2026, 1, 1), date(2026, 12, 31), True),
    ],
)
def test_a_role_counts_on_its_days_only(zone, valid_from, valid_to, held):
    user = make_user("u")
    give_role(user, "auditor", valid_from=valid_from, valid_to=valid_to)
    assert actor_for(user, "FZ", DAY).has("auditor") is held
    assert actor_for(user, "FZ", DAY).has("applicant") is not held


def test_somebody_without_a_role_is_an_applicant_in_every_zone(citizen, other_zone):
    actor = actor_for(citizen, "XM", DAY)
    assert actor.roles == {"user", "applicant"}
    assert (actor.user_id, actor.party_id, actor.name) == (citizen.pk, citizen.party_id, "张三丰")
    assert [zone.pk for zone in zones_of(citizen, DAY)] == ["FZ", "XM"]


def test_an_officer_is_nobody_in_another_zone(admin, other_zone):
    assert actor_for(admin, "XM", DAY).roles == {"user"}
    assert [zone.pk for zone in zones_of(admin, DAY)] == ["FZ"]


def test_unknown_zone(citizen):
    with pytest.raises(Refused, match=r"zone\.unknown"):
        actor_for(citizen, "NOWHERE", DAY)


def test_the_day_is_the_zones_own(citizen):
    Zone.objects.filter(pk="FZ").update(time_zone="Asia/Shanghai")
    give_role(citizen, "auditor", valid_from=DAY)
    before, after = datetime(2026, 3, 1, 15, 59, tzinfo=UTC), datetime(2026, 3, 1, 16, 0, tzinfo=UTC)
    assert not actor_now(citizen, "FZ", before).has("auditor")
    assert actor_now(citizen, "FZ", after).has("auditor")


def test_the_platform():
    actor = platform_actor("FZ")
    assert (actor.user_id, actor.party_id, actor.roles, actor.name) == (None, None, {"system"}, "platform")


@pytest.mark.parametrize(
    ("service", "day", "may"),
    [
        ("ship_registry", date(2026, 2, 28), False),
        ("ship_registry", date(2026, 3, 1), True),
        ("ship_registry", date(2026, 3, 31), True),
        ("ship_registry", date(2026, 4, 1), False),
        ("auction", date(2026, 3, 1), False),
    ],
)
def test_a_mandate_counts_for_its_service_and_days(citizen, firm, service, day, may):
    Mandate.objects.create(
        principal=firm.party, agent=citizen.party, service="ship_registry", valid_from=date(2026, 3, 1), valid_to=date(2026, 3, 31)
    )
    actor = actor_for(citizen, "FZ", DAY)
    assert acts_for(service, day)(actor, firm.party) is may
    assert acts_for(service, day)(actor, firm.party.pk) is may
    assert (firm.party in principals_of(actor, service, day)) is may
    assert acts_for(service, day)(actor, citizen.party)


def test_a_general_mandate_covers_every_service_and_is_not_mutual(citizen, firm):
    Mandate.objects.create(principal=firm.party, agent=citizen.party, service="*", valid_from=DAY, valid_to=DAY)
    assert acts_for("auction", DAY)(actor_for(citizen, "FZ", DAY), firm.party)
    assert not acts_for("auction", DAY)(actor_for(firm, "FZ", DAY), citizen.party)


@pytest.mark.parametrize(
    ("named", "day", "covered"),
    [
        ("auction", DAY, {"auction"}),
        ("*", DAY, {"auction", "ship_registry"}),
        ("auction", date(2026, 3, 1), set()),
        ("auction", date(2026, 3, 4), set()),
        ("port", DAY, set()),
    ],
)
def test_the_actor_and_the_policy_give_one_answer(citizen, firm, named, day, covered):
    Mandate.objects.create(principal=firm.party, agent=citizen.party, service=named, valid_from=DAY, valid_to=date(2026, 3, 3))
    actor = actor_for(citizen, "FZ", day)
    for service in ("auction", "ship_registry"):
        assert actor.acts_for(firm.party_id, service) is (service in covered)
        assert acts_for(service, day)(actor, firm.party) is (service in covered)
        assert (firm.party_id in actor.principals_in(service)) is (service in covered)
        assert principals_of(actor, service, day) == [citizen.party, *([firm.party] if service in covered else [])]
        assert actor.acts_for(citizen.party_id, service)


def test_a_mandate_counts_by_the_zones_own_day(citizen, firm):
    Mandate.objects.create(principal=firm.party, agent=citizen.party, service="auction", valid_from=DAY, valid_to=DAY)
    instants = {datetime(2026, 3, 1, 15, 59, tzinfo=UTC): False, datetime(2026, 3, 1, 16, 0, tzinfo=UTC): True}
    instants |= {datetime(2026, 3, 2, 15, 59, tzinfo=UTC): True, datetime(2026, 3, 2, 16, 0, tzinfo=UTC): False}
    assert {at: actor_now(citizen, "FZ", at).acts_for(firm.party_id, "auction") for at in instants} == instants


def test_an_officer_acts_for_nobody_else_in_any_zone(admin, firm, other_zone):
    Mandate.objects.create(principal=firm.party, agent=admin.party, service="*", valid_from=DAY, valid_to=DAY)
    for zone in ("FZ", "XM"):
        actor = actor_for(admin, zone, DAY)
        assert actor.principals == frozenset()
        assert not acts_for("auction", DAY)(actor, firm.party)
        assert acts_for("auction", DAY)(actor, admin.party)
        assert principals_of(actor, "auction", DAY) == [admin.party]


def test_mandates_cost_one_query_and_officers_none(citizen, admin, firm, other_zone, django_assert_num_queries):
    at = datetime(2026, 3, 2, 4, tzinfo=UTC)
    citizen, admin = User.objects.select_related("party").get(pk=citizen.pk), User.objects.select_related("party").get(pk=admin.pk)
    with django_assert_num_queries(1):  # roles
        actor_now(admin, "FZ", at)
    with django_assert_num_queries(2):  # roles, mandates
        actor_now(citizen, "FZ", at)
    Mandate.objects.create(principal=firm.party, agent=citizen.party, service="*", valid_from=DAY, valid_to=DAY)
    with django_assert_num_queries(3):  # and the zone, whose day counts
        assert (firm.party_id, "*") in actor_now(citizen, "FZ", at).principals


def test_a_mandate_for_every_service_stands_under_each_services_name(citizen, firm):
    register_mandate_service("testing", t("测试", "Testing"))
    Mandate.objects.create(principal=firm.party, agent=citizen.party, service="*", valid_from=DAY, valid_to=DAY)
    assert actor_for(citizen, "FZ", DAY).principals == {(firm.party_id, key) for key in mandate_services()}
    assert "testing" in mandate_services()


def test_policies_combine(citizen, firm, admin, other_zone):
    actor, boss = actor_for(citizen, "FZ", DAY), actor_for(admin, "FZ", DAY)
    assert is_self(actor, citizen)
    assert is_self(actor, citizen.party)
    assert not is_self(actor, firm.party)
    assert not is_self(actor, firm)
    assert not is_self(platform_actor("FZ"), citizen)
    assert same_zone(actor, "FZ")
    assert not same_zone(actor, other_zone)
    either = is_self | holds_role("zone.admin")
    assert either(actor, citizen.party)
    assert either(boss, citizen.party)
    assert not (holds_role("zone.admin") & same_zone)(boss, other_zone)
    with pytest.raises(NotAllowed):
        Act(actor, datetime(2026, 3, 2, tzinfo=UTC)).require(is_self, firm.party)


def test_the_mandate_policy_is_no_way_around_an_account_without_party(firm):
    assert not acts_for("auction", DAY)(platform_actor("FZ"), firm.party)


def test_roles_have_words():
    register_roles(Role("testing.desk", t("测试岗", "Testing desk"), t("用于测试", "For tests")))
    assert role_label("testing.desk").en == "Testing desk"
    assert role_label("gone.desk").zh == "gone.desk"
    assert {"applicant", "zone.admin", "table.editor", "table.approver", "auditor"} <= set(registered_roles())
