"""Verbs and entries that the tests of the log write."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from zimao.kernel import evidence
from zimao.kernel.evidence.models import Leaf
from zimao.kernel.journal import Entry, Verb, register_verbs
from zimao.kernel.text import t

AT = datetime(2026, 1, 5, 1, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _home(settings, tmp_path):
    """Each test has its own log key and a short-lived home."""
    settings.HOME = tmp_path
    register_verbs(Verb("probe.accept", t("受理", "Accept")), Verb("probe.decide", t("决定", "Decide")))


@pytest.fixture
def write():
    """Append ``count`` entries about ``subject`` in one batch."""

    def write_(count=1, subject="case:1", private=None, actor=7):
        start = Leaf.objects.count()
        entries = [Entry("probe.accept", subject, {"number": start + number, "name": "船舶"}, private or {}) for number in range(count)]
        return evidence.append(entries, at=AT, actor=actor)

    return write_
