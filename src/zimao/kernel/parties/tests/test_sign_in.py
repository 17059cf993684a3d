"""Signing in: what is told and what not, waiting, codes that work once, sessions that change their key."""

from datetime import timedelta

import pyotp
import pytest
from django.contrib.auth.hashers import make_password

from zimao.kernel.errors import Conflict, Missing, NotAllowed, Refused
from zimao.kernel.parties import operations, sign_in
from zimao.kernel.parties.models import Throttle
from zimao.kernel.parties.passwords import DEMO_PASSWORD
from zimao.kernel.parties.sign_in import Attempt
from zimao.kernel.parties.tests.conftest import NOW, PASSWORD, act_of, give_role, make_user


def attempt(username="citizen", address="203.0.113.7", after_s=0):
    return Attempt(username, address, NOW + timedelta(seconds=after_s))


def fail(username="citizen", after_s=0, address="203.0.113.7", password="wrong-password"):
    with pytest.raises(Refused) as refused:
        sign_in.first_factor(attempt(username, address, after_s), password)
    return refused.value


@pytest.fixture
def coded(citizen):
    """A user with one-time codes in force, and its recovery codes."""
    user = operations.start_totp(act_of(citizen))
    code = pyotp.TOTP(user.totp_secret).at(NOW - timedelta(seconds=60))
    codes = operations.confirm_totp(act_of(citizen, at=NOW - timedelta(seconds=60)), code=code)
    citizen.refresh_from_db()
    return citizen, codes


def code_at(user, after_s=0):
    return pyotp.TOTP(user.totp_secret).at(NOW + timedelta(seconds=after_s))


@pytest.mark.parametrize("typed", ["citizen", " Citizen ", "ｃｉｔｉｚｅｎ"])
def test_the_right_password(citizen, typed):
    assert sign_in.first_factor(attempt(typed), PASSWORD) == citizen


def test_unknown_wrong_and_switched_off_are_told_alike(citizen):
    off = make_user("off")
    off.is_active = False
    off.save()
    told = {(error.code, error.sentence, error.field) for error in (fail(), fail("nobody"), fail("off", password=PASSWORD))}
    assert len(told) == 1


def test_an_unknown_user_costs_a_hash_too(citizen, monkeypatch):
    spent = []
    monkeypatch.setattr(sign_in, "make_password", lambda password: spent.append(password) or make_password(password))
    fail("nobody")
    assert spent == ["wrong-password"]


def test_an_account_without_password_cannot_be_opened(citizen):
    citizen.set_unusable_password()
    citizen.save()
    assert fail(password="").code == "sign_in.wrong"


@pytest.mark.parametrize("username", ["citizen", "nobody"])
def test_after_five_failures_one_waits_and_ever_longer(citizen, username):
    for second in range(5):
        assert fail(username, second).code == "sign_in.wrong"
    assert fail(username, 5).code == "sign_in.wait"
    assert fail(username, 4 + 59).code == "sign_in.wait"
    assert fail(username, 4 + 61).code == "sign_in.wrong"
    assert fail(username, 4 + 61 + 119).code == "sign_in.wait"
    assert fail(username, 4 + 61 + 121).code == "sign_in.wrong"
    assert fail(username, 4 + 61 + 121 + 239).code == "sign_in.wait"


def test_the_right_password_does_not_open_while_one_waits(citizen):
    for second in range(5):
        fail(after_s=second)
    assert fail(after_s=10, password=PASSWORD).code == "sign_in.wait"
    user = sign_in.first_factor(attempt(after_s=70), PASSWORD)
    sign_in.signed_in(attempt(after_s=70), user, "password")
    assert fail(after_s=71).code == "sign_in.wrong"


def test_failures_are_forgotten_after_a_day(citizen):
    for second in range(4):
        fail(after_s=second)
    fail(after_s=86400 + 10)
    assert Throttle.objects.get(name__startswith="user:").tries == 1


def test_the_wait_has_a_longest(citizen, settings):
    settings.SIGN_IN_LIMITS = {**settings.SIGN_IN_LIMITS, "user": {"free": 1, "first_wait_s": 60, "max_wait_s": 100, "forget_s": 10**9}}
    moment = 0
    for _ in range(4):
        fail(after_s=moment)
        moment += 101
    row = Throttle.objects.get(name__startswith="user:")
    assert row.closed_until - row.last_at == timedelta(seconds=100)


def test_one_address_that_tries_many_names_waits_and_others_do_not(citizen, settings):
    settings.SIGN_IN_LIMITS = {**settings.SIGN_IN_LIMITS, "address": {"free": 3, "first_wait_s": 60, "max_wait_s": 60, "forget_s": 600}}
    for number in range(3):
        fail(f"nobody{number}")
    assert fail("citizen", password=PASSWORD).code == "sign_in.wait"
    assert sign_in.first_factor(attempt(address="198.51.100.1"), PASSWORD) == citizen


def test_successes_do_not_use_up_an_address_that_many_share(citizen, settings):
    settings.SIGN_IN_LIMITS = {**settings.SIGN_IN_LIMITS, "address": {"free": 3, "first_wait_s": 60, "max_wait_s": 60, "forget_s": 600}}
    for second in range(6):
        user = sign_in.first_factor(attempt(after_s=second), PASSWORD)
        sign_in.signed_in(attempt(after_s=second), user, "password")
    assert fail().code == "sign_in.wrong"


def test_no_address_and_no_name_is_kept_in_the_clear(citizen):
    fail()
    kept = str(list(Throttle.objects.values()))
    assert "203.0.113.7" not in kept
    assert "citizen" not in kept


def test_the_published_password_opens_nothing_outside_a_demo(citizen, settings):
    citizen.set_password(DEMO_PASSWORD)
    citizen.save()
    settings.DEMO = False
    assert fail(password=DEMO_PASSWORD).code == "sign_in.wrong"
    settings.DEMO = True
    assert sign_in.first_factor(attempt(), DEMO_PASSWORD) == citizen


def test_a_code_works_once(coded):
    user, _ = coded
    assert sign_in.second_factor(attempt(), user, code_at(user)) == "totp"
    with pytest.raises(Refused, match=r"sign_in\.code"):
        sign_in.second_factor(attempt(after_s=5), user, code_at(user))
    assert sign_in.second_factor(attempt(after_s=30), user, code_at(user, 30)) == "totp"


def test_an_older_code_does_not_work_after_a_newer_one(coded):
    user, _ = coded
    assert sign_in.second_factor(attempt(), user, code_at(user, 30)) == "totp"
    with pytest.raises(Refused):
        sign_in.second_factor(attempt(), user, code_at(user))


def test_a_recovery_code_works_once(coded):
    user, codes = coded
    assert sign_in.second_factor(attempt(), user, codes[0].lower()) == "recovery"
    with pytest.raises(Refused):
        sign_in.second_factor(attempt(after_s=1), user, codes[0])
    assert sign_in.second_factor(attempt(after_s=2), user, codes[1]) == "recovery"


def test_somebody_elses_recovery_code(coded, firm):
    _, codes = coded
    with pytest.raises(Refused):
        sign_in.second_factor(attempt("firm"), firm, codes[0])


def test_guessing_codes_is_counted_with_the_passwords(coded):
    user, _ = coded
    for second in range(5):
        with pytest.raises(Refused, match=r"sign_in\.code"):
            sign_in.second_factor(attempt(after_s=second), user, "000000")
    with pytest.raises(Refused, match=r"sign_in\.wait"):
        sign_in.second_factor(attempt(after_s=6), user, code_at(user, 6))


def test_setting_up_asks_for_a_code_of_the_new_secret(citizen):
    operations.start_totp(act_of(citizen))
    with pytest.raises(Refused, match=r"totp\.wrong"):
        operations.confirm_totp(act_of(citizen), code="000000")
    citizen.refresh_from_db()
    assert not citizen.totp_confirmed


def test_codes_in_force_are_not_set_up_again_over_it(coded):
    user, _ = coded
    with pytest.raises(Conflict):
        operations.start_totp(act_of(user))
    with pytest.raises(Conflict):
        operations.confirm_totp(act_of(user), code=code_at(user))


def test_the_code_that_set_it_up_does_not_sign_in(coded):
    user, _ = coded
    with pytest.raises(Refused):
        sign_in.second_factor(attempt(after_s=-60), user, code_at(user, -60))


def test_new_recovery_codes_void_the_old_ones(coded):
    user, codes = coded
    fresh = operations.renew_recovery_codes(act_of(user), code=code_at(user))
    assert not set(fresh) & set(codes)
    with pytest.raises(Refused):
        sign_in.second_factor(attempt(), user, codes[0])
    with pytest.raises(Refused, match=r"totp\.wrong"):
        operations.renew_recovery_codes(act_of(user), code=code_at(user))


def test_an_officer_keeps_the_second_factor_and_others_may_drop_it(coded, settings):
    settings.OFFICERS_NEED_TOTP = True
    user, _ = coded
    role = give_role(user, "auditor")
    with pytest.raises(NotAllowed, match=r"totp\.required"):
        operations.remove_totp(act_of(user), code=code_at(user))
    role.delete()
    assert not operations.remove_totp(act_of(user), code=code_at(user)).totp_confirmed


def test_an_administrator_resets_an_officers_codes_with_a_reason(coded, admin):
    user, _ = coded
    with pytest.raises(Missing, match=r"user\.unknown"):
        operations.reset_totp(act_of(admin), username="citizen", reason="丢失设备")
    give_role(user, "auditor")
    with pytest.raises(Refused, match=r"reason\.missing"):
        operations.reset_totp(act_of(admin), username="citizen", reason=" ")
    assert not operations.reset_totp(act_of(admin), username="citizen", reason="丢失设备").totp_confirmed
    with pytest.raises(NotAllowed):
        operations.reset_totp(act_of(admin), username="boss", reason="x")
