"""Writes: who may, what is refused, what has no second effect, what is recorded."""

from datetime import date, timedelta

import pytest
from pydantic import SecretStr

from zimao.kernel.errors import Conflict, Missing, NotAllowed, Refused
from zimao.kernel.models import OperationKey
from zimao.kernel.parties import operations
from zimao.kernel.parties.forms import EnterpriseRegistration, MandateForm, PersonRegistration, TokenForm, read
from zimao.kernel.parties.models import AccessRecord, ApiToken, Mandate, Membership, Party, User
from zimao.kernel.parties.roles import Role, register_roles
from zimao.kernel.parties.tests.conftest import CREDIT, DAY, NOW, PASSWORD, PEOPLE, RESIDENT, act_of, give_role, make_user, platform_act
from zimao.kernel.text import t

PERSON = {"username": "zhang", "password": PASSWORD, "name": "张三", "identifier": RESIDENT}
FIRM = {"username": "haiyun", "password": PASSWORD, "name": "海运公司", "uscc": CREDIT, "holder": "李四"}


def test_a_person_registers(zone):
    user = operations.register_person(platform_act(), form=PersonRegistration(**PERSON))
    assert (user.username, user.party.kind, user.party.name, user.party.identifier) == ("zhang", "person", "张三", RESIDENT)
    assert user.check_password(PASSWORD)


def test_an_enterprise_registers(zone):
    user = operations.register_enterprise(platform_act(), form=EnterpriseRegistration(**FIRM))
    assert (user.party.scheme, user.party.identifier, user.holder) == ("uscc", CREDIT, "李四")


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"identifier": "350102199108040312"}, "resident_id.check_digit", "identifier"),
        ({"password": "short"}, "password.password_too_short", "password"),
        ({"password": "password123"}, "password.password_too_common", "password"),
        ({"password": "zimao-demo-2026"}, "password.published", "password"),
        ({"scheme": "passport", "identifier": "E1"}, "passport.length", "identifier"),
    ],
)
def test_a_registration_is_refused_and_leaves_nothing(zone, change, code, field):
    with pytest.raises(Refused) as refused:
        operations.register_person(platform_act(), form=PersonRegistration(**{**PERSON, **change}))
    assert (refused.value.code, refused.value.field) == (code, field)
    assert not Party.objects.exists()


def test_names_and_identifiers_are_taken_once(zone):
    operations.register_person(platform_act(), form=PersonRegistration(**PERSON))
    with pytest.raises(Refused, match=r"identifier\.taken"):
        operations.register_person(platform_act(), form=PersonRegistration(**{**PERSON, "username": "other"}))
    with pytest.raises(Refused, match=r"username\.taken"):
        operations.register_person(platform_act(), form=PersonRegistration(**{**PERSON, "identifier": PEOPLE[0]}))
    assert Party.objects.count() == 1


def test_nobody_registers_others_but_the_platform_and_the_administrator(citizen):
    with pytest.raises(NotAllowed):
        operations.register_person(act_of(citizen), form=PersonRegistration(**PERSON))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", "x"),
        ("username", "张三"),
        ("phone", "call me"),
        ("email", "nobody"),
        ("name", " "),
        ("scheme", "driver"),
        ("colour", "red"),
    ],
)
def test_a_form_names_the_field_that_is_wrong(field, value):
    with pytest.raises(Refused) as refused:
        read(PersonRegistration, {**PERSON, field: value})
    assert [one.field for one in refused.value.problems] == [field]


def test_an_idempotency_key_keeps_no_password_and_answers_again(admin):
    act = act_of(admin, key="k1")
    first = operations.register_person(act, form=PersonRegistration(**PERSON))
    assert operations.register_person(act_of(admin, key="k1"), form=PersonRegistration(**PERSON)) == first
    assert PASSWORD not in str(OperationKey.objects.values())
    assert PASSWORD not in str(PersonRegistration(**PERSON))
    assert isinstance(PersonRegistration(**PERSON).password, SecretStr)


def grant(act, **change):
    return operations.grant_role(act, **{"username": "clerk", "role": "auditor", "valid_from": DAY, **change})


def test_granting_a_role_twice_has_one_effect(admin):
    make_user("clerk")
    first = grant(act_of(admin))
    assert grant(act_of(admin)) == first
    assert Membership.objects.filter(role="auditor").count() == 1
    with pytest.raises(Conflict, match=r"role\.held"):
        grant(act_of(admin), valid_to=date(2026, 12, 31))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"username": "nobody"}, "user.unknown"),
        ({"username": "firm"}, "role.not_a_person"),
        ({"username": "boss"}, "role.oneself"),
        ({"role": "applicant"}, "role.unknown"),
        ({"role": "made.up"}, "role.unknown"),
        ({"valid_to": DAY - timedelta(days=1)}, "role.period"),
        ({"unit": "nowhere"}, "unit.unknown"),
    ],
)
def test_a_grant_is_refused(admin, firm, change, code):
    make_user("clerk")
    with pytest.raises(Refused) as refused:
        grant(act_of(admin), **change)
    assert refused.value.code == code


def test_only_the_zones_administrator_grants(citizen, admin, other_zone):
    make_user("clerk")
    with pytest.raises(NotAllowed):
        grant(act_of(citizen))
    with pytest.raises(NotAllowed):
        grant(act_of(admin, zone="XM"))


def test_ending_a_role_works_at_once_and_twice_is_once(admin):
    clerk = make_user("clerk")
    made = give_role(clerk, "auditor")
    ended = operations.end_role(act_of(admin), membership=made.pk)
    assert ended.valid_to == DAY - timedelta(days=1)
    assert not act_of(clerk).actor.has("auditor")
    assert operations.end_role(act_of(admin), membership=made.pk).valid_to == ended.valid_to


def test_a_role_of_another_zone_is_not_there(admin, other_zone):
    made = give_role(make_user("clerk"), "auditor", zone="XM")
    with pytest.raises(Missing):
        operations.end_role(act_of(admin), membership=made.pk)


def test_the_last_administrator_stays(admin):
    own = admin.memberships.get()
    with pytest.raises(Refused, match=r"role\.last_admin"):
        operations.end_role(act_of(admin), membership=own.pk)
    give_role(make_user("second"), "zone.admin")
    assert operations.end_role(act_of(admin), membership=own.pk).valid_to == DAY - timedelta(days=1)


def mandate_form(**change):
    fields = {"agent_scheme": "resident_id", "agent_identifier": RESIDENT, "valid_from": DAY, "valid_to": date(2026, 12, 31)}
    return MandateForm(**{**fields, **change})


def test_a_mandate_is_given_once_and_ended_by_either_side(firm, citizen):
    made = operations.give_mandate(act_of(firm), form=mandate_form(service="ship_registry"))
    assert operations.give_mandate(act_of(firm), form=mandate_form(service="ship_registry")) == made
    assert (made.principal, made.agent, Mandate.objects.count()) == (firm.party, citizen.party, 1)
    ended = operations.end_mandate(act_of(citizen), mandate=made.pk)
    assert ended.valid_to == DAY - timedelta(days=1)
    assert operations.end_mandate(act_of(firm), mandate=made.pk).valid_to == ended.valid_to


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"agent_identifier": PEOPLE[0]}, "mandate.agent_unknown"),
        ({"agent_scheme": "uscc", "agent_identifier": CREDIT}, "mandate.oneself"),
        ({"valid_to": DAY - timedelta(days=1), "valid_from": date(2026, 1, 1)}, "mandate.period"),
        ({"agent_identifier": "123"}, "resident_id.length"),
    ],
)
def test_a_mandate_is_refused(firm, citizen, change, code):
    with pytest.raises(Refused) as refused:
        operations.give_mandate(act_of(firm), form=mandate_form(**change))
    assert refused.value.code == code


def test_a_stranger_cannot_end_a_mandate(firm, citizen):
    made = operations.give_mandate(act_of(firm), form=mandate_form())
    with pytest.raises(Missing):
        operations.end_mandate(act_of(make_user("stranger")), mandate=made.pk)


def test_a_look_is_recorded_with_its_purpose(admin, citizen):
    register_roles(Role("testing.reader", t("测试", "Test"), t("测试", "Test"), reveals=True))
    clerk = make_user("clerk")
    give_role(clerk, "testing.reader")
    assert operations.reveal(act_of(clerk), citizen.party, "phone", "补正联系") == "13800000001"
    look = AccessRecord.objects.get()
    assert (look.user, look.party, look.field, look.purpose, look.zone_id, look.at) == (
        clerk,
        citizen.party,
        "phone",
        "补正联系",
        "FZ",
        NOW,
    )


def test_a_look_with_an_idempotency_key_stores_no_value(citizen):
    assert operations.reveal(act_of(citizen, key="k"), citizen.party, "identifier", "核对") == RESIDENT
    assert RESIDENT not in str(OperationKey.objects.values())


def test_another_persons_data_stay_closed(citizen, firm, admin):
    for who in (firm, admin):
        with pytest.raises(NotAllowed, match="reveal"):
            operations.reveal(act_of(who), citizen.party, "phone", "好奇")
    assert not AccessRecord.objects.exists()


@pytest.mark.parametrize(("field", "purpose", "code"), [("password", "x", "reveal.field"), ("phone", " ", "reveal.purpose")])
def test_a_look_needs_a_field_and_a_purpose(citizen, field, purpose, code):
    with pytest.raises(Refused) as refused:
        operations.reveal(act_of(citizen), citizen.party, field, purpose)
    assert refused.value.code == code


def test_a_token_is_shown_once_and_kept_as_a_digest(citizen):
    made, secret = operations.create_token(act_of(citizen, key="k"), form=TokenForm(name="bot", access="read"))
    assert secret.startswith("zm_")
    assert secret not in str(ApiToken.objects.values())
    assert made.roles == ["applicant", "user"]
    with pytest.raises(Conflict, match=r"token\.shown"):
        operations.create_token(act_of(citizen, key="k"), form=TokenForm(name="bot", access="read"))
    assert ApiToken.objects.count() == 1


def test_a_token_ends_in_time_and_only_its_owner_revokes_it(citizen, firm):
    with pytest.raises(Refused, match=r"token\.days"):
        operations.create_token(act_of(citizen), form=TokenForm(name="bot", days=5000))
    made, _ = operations.create_token(act_of(citizen), form=TokenForm(name="bot"))
    with pytest.raises(Missing):
        operations.revoke_token(act_of(firm), token=made.pk)
    assert operations.revoke_token(act_of(citizen), token=made.pk).revoked == NOW


def test_language(citizen):
    assert operations.set_language(act_of(citizen), language="en").language == "en"
    with pytest.raises(Refused):
        operations.set_language(act_of(citizen), language="fr")
    assert User.objects.get(pk=citizen.pk).language == "en"
