"""Personal data at rest: what the database sees, what can be searched, how keys are changed."""

import pytest
from django.core.exceptions import FieldError
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from zimao.kernel.parties import rotation
from zimao.kernel.parties.fields import blind_index, blind_indexes, is_current, key_fingerprint, mask
from zimao.kernel.parties.models import KeyRotation, Party, User
from zimao.kernel.parties.queries import masked, party_with
from zimao.kernel.parties.tests.conftest import NOW, RESIDENT, make_user

SECRETS = ("张三丰", RESIDENT, "13800000001", "zhang@example.com", "福州市马尾区")


def raw(table, columns):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)} FROM {table}")  # names of our own columns
        return [str(value) for row in cursor.fetchall() for value in row]


@pytest.fixture
def party(zone):
    return Party.objects.create(
        kind="person", name=SECRETS[0], scheme="resident_id", identifier=SECRETS[1], phone=SECRETS[2], email=SECRETS[3], address=SECRETS[4]
    )


def test_raw_table_shows_nothing_personal(party):
    columns = [column.column for column in Party._meta.local_fields]
    seen = raw("parties_party", columns)
    assert len(seen) == len(columns)
    assert not [secret for secret in SECRETS for value in seen if secret in value]
    again = Party.objects.get(pk=party.pk)
    assert (again.name, again.identifier, again.phone, again.email, again.address) == SECRETS


def test_totp_secret_and_holder_are_encrypted_too(zone):
    user = make_user("u")
    user.totp_secret, user.holder = "JBSWY3DPEHPK3PXP", "李经办"
    user.save()
    seen = " ".join(raw("parties_user", ["totp_secret", "holder", "password"]))
    assert "JBSWY3DPEHPK3PXP" not in seen
    assert "李经办" not in seen
    assert User.objects.get(pk=user.pk).totp_secret == "JBSWY3DPEHPK3PXP"


def test_equal_texts_have_different_ciphertexts(zone):
    make_user("a", name="同名")
    make_user("b", name="同名")
    first, second = raw("parties_party", ["name"])
    assert first != second


@pytest.mark.parametrize("lookup", [{"name": "张三丰"}, {"name__contains": "张"}, {"name__in": ["张三丰"]}, {"email__gt": "a"}])
def test_searching_by_value_is_an_error_not_an_empty_answer(party, lookup):
    with pytest.raises(FieldError):
        list(Party.objects.filter(**lookup))


def test_emptiness_can_be_asked_for(party, firm):
    assert set(Party.objects.filter(email="")) == {firm.party}
    assert set(Party.objects.exclude(email="")) == {party}


def test_the_blind_index_finds_and_keeps_identifiers_unique(party):
    assert party_with("resident_id", " 3501 0219 9108 0403 11 ") == party
    assert party_with("passport", RESIDENT) is None
    with pytest.raises(IntegrityError), transaction.atomic():
        Party.objects.create(kind="person", name="冒名", scheme="resident_id", identifier=RESIDENT)


@given(st.text("0123456789ABCDEFabcdef ", max_size=30))
def test_blind_index_ignores_case_and_spaces_and_hides_the_value(value):
    index = blind_index(value)
    assert index == blind_index(f" {value.lower()} ")
    assert (index == "") == (not value.strip())


@pytest.mark.parametrize(
    ("value", "hidden"),
    [("", ""), ("张", "张"), ("张三", "张*"), ("13800000001", "138******01"), ("ABCDE", "A****"), ("ABCDEF", "ABC*EF")],
)
def test_mask(value, hidden):
    assert mask(value) == hidden


def test_masked_party(party, firm):
    seen = masked(party)
    assert (seen.name, seen.identifier, seen.phone, seen.email) == ("张*丰", "350*************11", "138******01", "z****@example.com")
    enterprise = masked(firm.party)
    assert (enterprise.name, enterprise.identifier) == ("海运公司", firm.party.identifier)


@pytest.fixture
def two_keys(settings):
    """A function that switches to the next key: the old one stays behind it."""

    def switch(*keys):
        settings.FIELD_KEYS = keys

    switch("old-key")
    return switch


def ciphertexts():
    return raw("parties_party", ["name", "identifier"])


def test_rotation_rewrites_everything_and_then_the_old_key_may_go(zone, two_keys):
    people = [make_user(f"u{n}", name=f"人{n}", scheme="passport", identifier=f"E{n:08}") for n in range(7)]
    two_keys("new-key", "old-key")
    assert party_with("passport", "E00000003") == people[3].party
    assert rotation.stale_rows()["parties.Party"] == 7
    done = {one.model: one for one in rotation.rotate(NOW, batch=3)}
    assert done["parties.Party"].rows == 7
    assert not any(rotation.stale_rows().values())
    two_keys("new-key")
    assert party_with("passport", "E00000003") == people[3].party
    assert [user.party.name for user in User.objects.order_by("pk")] == [f"人{n}" for n in range(7)]
    assert all(is_current(text) for text in ciphertexts())


def test_a_stopped_rotation_goes_on_where_it_stopped(zone, two_keys):
    for n in range(6):
        make_user(f"u{n}", scheme="passport", identifier=f"E{n:08}")
    two_keys("new-key", "old-key")

    def stop(model, rows):
        if model == "parties.Party":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotation.rotate(NOW, batch=2, told=stop)
    kept = KeyRotation.objects.get(key=key_fingerprint(), model="parties.Party")
    assert (kept.rows, kept.done_at) == (2, None)
    done = {one.model: one.rows for one in rotation.rotate(NOW, batch=2)}
    assert done["parties.Party"] == 4
    assert sum(one.rows for one in rotation.rotate(NOW, batch=2)) == 0


def test_each_key_has_its_own_index(two_keys):
    two_keys("new-key", "old-key")
    new, old = blind_indexes("E1")
    assert new != old
    assert blind_index("E1") == new
