"""Patterns, retry schedule, addresses: no database."""

import ipaddress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zimao.kernel.errors import Refused
from zimao.kernel.events import addresses
from zimao.kernel.events.patterns import is_pattern, matches, matches_any
from zimao.kernel.events.schedule import retry_after

NAMES = st.lists(st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True), min_size=1, max_size=4).map(".".join)


@pytest.mark.parametrize(
    ("pattern", "type_", "expected"),
    [
        ("ship.case.accepted", "ship.case.accepted", True),
        ("ship.case.accepted", "ship.case.accepted2", False),
        ("ship.case.*", "ship.case.accepted", True),
        ("ship.case.*", "ship.case.task.done", True),
        ("ship.case.*", "ship.case", False),
        ("ship.case.*", "ship.cases.accepted", False),
        ("*", "anything.at.all", True),
    ],
)
def test_matches(pattern, type_, expected):
    assert matches(pattern, type_) is expected


@pytest.mark.parametrize("pattern", ["", ".", "a.", "*.a", "a.*.b", "a b", "a..b", "a*", "**", "a.**"])
def test_bad_patterns(pattern):
    assert not is_pattern(pattern)


@given(NAMES, NAMES)
def test_a_prefix_takes_what_is_below_it_and_only_that(first, second):
    assert is_pattern(first)
    assert is_pattern(f"{first}.*")
    assert matches(f"{first}.*", f"{first}.{second}")
    assert not matches(f"{first}.*", first)
    assert matches_any([second, f"{first}.*"], f"{first}.{second}")


@given(st.integers(1, 8), st.lists(st.integers(1, 10**6), max_size=8), st.floats(0, 1, exclude_max=True))
def test_waits_stay_within_the_jitter_and_end_with_the_schedule(attempts, schedule, chance):
    wait = retry_after(attempts, schedule, chance, jitter=0.2)
    if attempts > len(schedule):
        assert wait is None
    else:
        planned = schedule[attempts - 1]
        assert timedelta(seconds=planned * 0.8) <= wait <= timedelta(seconds=planned * 1.2)


def test_an_attempt_must_have_failed():
    with pytest.raises(ValueError, match="failed"):
        retry_after(0, [1], 0.5)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1", "255.255.255.255",
        "198.18.0.1", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::",
        "64:ff9b::7f00:1", "64:ff9b:1::a00:1", "2001:db8::1",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public(address):
    assert not addresses.is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses(address):
    assert addresses.is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    ("hosts", "secure", "allowed", "code"),
    [
        (["8.8.8.8"], True, [], None),
        (["8.8.8.8"], False, [], "https_required"),
        (["8.8.8.8", "127.0.0.1"], True, [], "address_refused"),
        (["10.0.0.5"], True, [], "address_refused"),
        (["10.0.0.5"], False, ["10.0.0.0/24"], None),
        (["::ffff:10.0.0.5"], True, ["10.0.0.0/24"], None),
        (["10.0.1.5"], True, ["10.0.0.0/24"], "address_refused"),
    ],
)
def test_choice_of_address(hosts, secure, allowed, code):
    found = [ipaddress.ip_address(host) for host in hosts]
    networks = [ipaddress.ip_network(one) for one in allowed]
    if code is None:
        assert addresses.choose("name", found, networks, secure=secure).address == found[0]
    else:
        with pytest.raises(Refused) as refused:
            addresses.choose("name", found, networks, secure=secure)
        assert refused.value.code == code


@pytest.mark.parametrize(
    "url", ["ftp://a.cn/", "https://", "https://user@a.cn/", "https://a.cn:99999/", "https://a.cn/#x", "a.cn", "javascript:1"]
)
def test_bad_urls(url):
    with pytest.raises(Refused):
        addresses.check_url(url)


def test_good_url():
    assert addresses.check_url("https://hooks.example.cn/a?b=c") == ("hooks.example.cn", 443, True)
    assert addresses.check_url("http://[::1]:8080/") == ("::1", 8080, False)
