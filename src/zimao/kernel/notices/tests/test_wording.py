"""What a notice may say where."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zimao.kernel.notices.wording import NoticeTemplate, outside_body, outside_title, sms_text
from zimao.kernel.text import t

TITLE = t("标题", "Title")


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"key": "correction"}, "service"),
        ({"channels": ("pigeon",)}, "channel"),
        ({"headline": t("{owner}的申请", "The application of {owner}")}, "owner"),
        ({"headline": t("办件{subject}", "Case {subject} of {name}")}, "name"),
    ],
)
def test_templates_that_cannot_be(changes, match):
    with pytest.raises(ValueError, match=match):
        NoticeTemplate(**({"key": "a.b", "title": TITLE, "body": TITLE} | changes))


def test_a_template_says_its_service_and_fills_its_places():
    template = NoticeTemplate(
        "ship.done", t("{a}好", "{a} done"), t("{b}", "{b}"), headline=t("办件{subject}已办结", "Case {subject} is closed")
    )
    title, body, headline = template.fill({"a": t("证书", "certificate"), "b": 7}, "FZ-1")
    assert template.service == "ship"
    assert (title, body, headline) == (t("证书好", "certificate done"), t("7", "7"), t("办件FZ-1已办结", "Case FZ-1 is closed"))
    with pytest.raises(KeyError):
        template.fill({}, "FZ-1")


@given(st.text())
def test_a_mail_subject_is_one_line(text):
    assert not set(outside_title(text)) & set("\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")


def test_outside_texts_have_the_number_and_the_link():
    for language in ("zh", "en"):
        for text in (outside_body(TITLE, "FZ-7", "https://x/cases/7", language), sms_text(TITLE, "FZ-7", "https://x/cases/7", language)):
            assert "FZ-7" in text
            assert "https://x/cases/7" in text
            assert TITLE.into(language) in text
