"""Requests side by side: a code still works once, and guesses are not more than the free ones."""

from concurrent.futures import ThreadPoolExecutor

import pyotp
import pytest
from django.db import close_old_connections, connection

from zimao.kernel.errors import Refused
from zimao.kernel.parties import operations, sign_in
from zimao.kernel.parties.models import Zone
from zimao.kernel.parties.sign_in import Attempt
from zimao.kernel.parties.tests.conftest import NOW, make_user

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(call, times):
    def once(number):
        try:
            return call(number)
        except Refused as refused:
            return refused.code
        finally:
            close_old_connections()
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(once, range(times)))


@pytest.fixture
def user():
    Zone.objects.create(code="FZ", name_zh="福州片区", name_en="Fuzhou area")
    found = make_user("citizen")
    found.totp_secret, found.totp_confirmed = pyotp.random_base32(), True
    found.save()
    return found


def test_one_code_lets_one_in(user):
    code = pyotp.TOTP(user.totp_secret).at(NOW)
    found = at_once(lambda n: operations.accept_code(Attempt("citizen", f"192.0.2.{n}", NOW).act, user=user.pk, code=code), 6)
    assert sorted(found) == [""] * 5 + ["totp"]


def test_guesses_side_by_side_are_counted_before_they_are_checked(user):
    found = at_once(lambda n: sign_in.first_factor(Attempt("citizen", f"192.0.2.{n}", NOW), "wrong"), 8)
    assert sorted(found) == ["sign_in.wait"] * 3 + ["sign_in.wrong"] * 5
