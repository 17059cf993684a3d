"""One-time codes: RFC 6238's own examples, drift, recovery codes."""

import base64
from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from zimao.kernel.parties import totp

SECRET = base64.b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    ("seconds", "eight_digits"),
    [(59, "94287082"), (1111111109, "07081804"), (1111111111, "14050471"), (1234567890, "89005924"), (2000000000, "69279037")],
)
def test_the_examples_of_rfc_6238(seconds, eight_digits):
    at = datetime.fromtimestamp(seconds, UTC)
    assert totp.matching_step(SECRET, eight_digits[-6:], at) == seconds // 30


@pytest.mark.parametrize(("late_s", "good"), [(0, True), (30, True), (-30, True), (60, False), (-60, False)])
def test_a_clock_may_be_one_step_off(late_s, good):
    at = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
    code = pyotp.TOTP(SECRET).at(at)
    assert (totp.matching_step(SECRET, code, at + timedelta(seconds=late_s)) is not None) is good


@pytest.mark.parametrize("code", ["", "abcdef", "12345", "１２３４５６７", "999 999 9"])
def test_what_is_no_code(code):
    assert totp.matching_step(SECRET, code, datetime(2026, 3, 2, tzinfo=UTC)) is None


def test_full_width_digits_are_digits():
    at = datetime.fromtimestamp(59, UTC)
    assert totp.matching_step(SECRET, "２８７ ０８２", at) == 1


def test_recovery_codes_are_many_long_and_read_back_as_typed():
    codes = totp.new_recovery_codes()
    assert len(set(codes)) == 10
    assert {len(code.replace("-", "")) for code in codes} == {16}
    assert totp.recovery_digest(codes[0].lower().replace("-", " ")) == totp.recovery_digest(codes[0])


def test_the_picture_is_an_svg_of_the_address():
    uri = totp.provisioning_uri(SECRET, "zhang")
    assert uri.startswith("otpauth://totp/")
    assert SECRET in uri
    assert totp.qr_svg(uri).startswith("<svg")
