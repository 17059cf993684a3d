"""The words of templates."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.paginator import Paginator
from django.template import engines
from django.test import RequestFactory
from django.utils import timezone, translation

from zimao.kernel.text import t
from zimao.portal.templatetags import zimao as tags


def drawn(source, **context):
    request = RequestFactory().get("/list", {"q": "船", "page": "3"})
    return engines["django"].from_string(source).render(context, request)


@pytest.mark.parametrize(
    ("minor", "currency", "written"),
    [
        (123400, "CNY", "¥1,234.00"),
        (5, "CNY", "¥0.05"),
        (0, "CNY", "¥0.00"),
        (-123456789, "CNY", "−¥1,234,567.89"),
        (123400, "USD", "USD 1,234.00"),
        (500, "JPY", "JPY 500"),
        (1234567, "KWD", "KWD 1,234.567"),
        (10**20 + 1, "CNY", "¥1,000,000,000,000,000,000.01"),
        (None, "CNY", "—"),
    ],
)
def test_money_is_written_from_minor_units(minor, currency, written):
    assert tags.money(minor, currency) == written


@pytest.mark.parametrize(("language", "written"), [("zh-hans", "2024年3月5日"), ("en", "5 March 2024")])
def test_a_day_is_written_in_the_readers_way(language, written):
    with translation.override(language):
        assert tags.day(date(2024, 3, 5)) == written
        assert tags.day(None) == "—"


def test_an_instant_is_shown_in_the_zones_time():
    at = datetime(2024, 3, 4, 17, 30, tzinfo=UTC)
    with translation.override("zh-hans"), timezone.override("Asia/Shanghai"):
        assert tags.moment(at) == '<time datetime="2024-03-05T01:30:00+08:00">2024年3月5日 01:30</time>'
    with translation.override("en"), timezone.override("Asia/Urumqi"):
        assert "4 March 2024 23:30" in tags.moment(at)


TODAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("days", "kind", "zh", "en"),
    [
        (-3, "danger", "已逾期 3 天", "3 days overdue"),
        (-1, "danger", "已逾期 1 天", "1 day overdue"),
        (0, "warning", "今天到期", "Due today"),
        (1, "warning", "还有 1 天", "1 day left"),
        (3, "warning", "还有 3 天", "3 days left"),
        (4, "neutral", "还有 4 天", "4 days left"),
    ],
)
def test_a_due_day_says_how_long_there_is(days, kind, zh, en):
    for language, words in (("zh-hans", zh), ("en", en)):
        with translation.override(language):
            chip = tags.due(TODAY + timedelta(days=days), TODAY)
            assert words in chip
            assert f"state-{kind}" in chip


def test_no_due_day_draws_nothing():
    assert tags.due(None) == ""


def test_a_state_has_icon_word_and_colour():
    chip = tags.badge("warning", t("待补正", "Correction due"))
    assert "#alert" in chip
    assert "待补正" in chip
    assert "state-warning" in chip
    assert "<b>" not in tags.badge("odd", "<b>")


def test_the_query_string_changes_only_what_is_named():
    assert drawn("{% query page=4 %}") == "?q=%E8%88%B9&amp;page=4"
    assert drawn('{% query page=None sort="due" %}') == "?q=%E8%88%B9&amp;sort=due"


def test_every_form_gets_its_own_key():
    keys = {drawn("{% new_key %}") for _ in range(50)}
    assert len(keys) == 50


def test_personal_data_is_masked():
    assert tags.masked("350102199003070012") == "350*************12"
    assert tags.masked("") == ""


def test_every_icon_that_is_named_is_drawn():
    assert 'aria-hidden="true"' in tags.icon("bell")
    assert 'role="img" aria-label="通知"' in tags.icon("bell", "通知")


def test_pagination_keeps_the_search():
    page = Paginator(range(100), 10).get_page(3)
    found = drawn('{% include "portal/parts/pages.html" with page=page %}', page=page)
    assert 'href="?q=%E8%88%B9&amp;page=2"' in found
    assert 'href="?q=%E8%88%B9&amp;page=4"' in found
    only = drawn('{% include "portal/parts/pages.html" with page=page %}', page=Paginator(range(3), 10).get_page(1))
    assert only.strip() == ""


def test_steps_say_their_state_in_words():
    steps = [{"label": t("申请", "File"), "state": "done"}, {"label": t("审查", "Examine"), "state": "current"}]
    found = drawn('{% include "portal/parts/steps.html" with steps=steps %}', steps=steps)
    assert 'aria-current="step"' in found
    assert "（已完成）" in found


def test_a_refused_file_is_told_beside_the_field():
    found = drawn(
        '{% include "portal/parts/drop.html" with name="proof" label="文件" errors=errors %}', errors=[t("文件过大", "Too large")]
    )
    assert 'aria-describedby="hint_proof error_proof"' in found
    assert "文件过大" in found
