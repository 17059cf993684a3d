"""From what a browser sends to values: tidied, kept when wrong, rows without holes."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.http import QueryDict

from zimao.kernel.errors import Refused
from zimao.kernel.forms import parse, read, validate, wants_rows
from zimao.kernel.forms.reading import place_of, plain_date, plain_number, plain_text
from zimao.kernel.forms.tests.sample import Application, Desk, Everything


def query(*pairs):
    return QueryDict(urlencode(pairs))


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("2024-05-06", "2024-05-06"),
        ("2024/5/6", "2024-05-06"),
        ("2024.5.6", "2024-05-06"),
        ("2024年5月6日", "2024-05-06"),
        ("２０２４年５月６日", "2024-05-06"),
        (" 2024 年 5 月 6 日 ", "2024-05-06"),
        ("２０２４－０５－０６", "2024-05-06"),
        ("2024-13-45", "2024-13-45"),
        ("next week", "nextweek"),
        ("　", None),
    ],
)
def test_dates_as_people_write_them(typed, kept):
    assert plain_date(typed) == kept


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("２９９８", "2998"),
        ("８９．６０", "89.60"),
        ("89。6", "89.6"),
        ("1,234,567.5", "1234567.5"),
        ("１，２３４", "1234"),
        ("1 234", "1234"),
        ("－5", "-5"),
        ("−5", "-5"),
        ("12a", "12a"),
        ("1,2", "1,2"),
        ("", None),
    ],
)
def test_numbers_as_people_write_them(typed, kept):
    assert plain_number(typed) == kept


def test_texts_lose_only_what_nobody_can_see():
    assert plain_text("  ＣＮ１２３　\x00海（油）\r\n第二行\ufeff ") == "CN123　海（油）\n第二行"


def test_values_have_the_types_of_json_and_wrong_ones_stay_as_typed():
    values = read(
        Application, query(("ship.tonnage", "２９９８"), ("ship.length", "89.6"), ("cost", "12a"), ("urgent", "false"), ("urgent", "true"))
    )
    assert values == {"ship": {"tonnage": 2998, "length": "89.6"}, "cost": "12a", "urgent": True}
    assert read(Application, query(("urgent", "false")))["urgent"] is False
    assert read(Application, query(("cost", "007"))) == {"cost": "007"}


def test_only_what_was_sent_and_is_known_is_read():
    assert read(Application, query(("_key", "1"), ("csrfmiddlewaretoken", "x"), ("ship.surprise", "1"))) == {"ship": {}}


def test_words_typed_for_a_code_become_the_code():
    assert read(Application, query(("ship.port", "厦门")))["ship"]["port"] == "CNXMN"
    assert read(Application, query(("ship.port", "Fuzhou")))["ship"]["port"] == "CNFOC"
    assert read(Application, query(("ship.port", "平潭")))["ship"]["port"] == "平潭"
    assert read(Everything, query(("berth", "七号泊位")))["berth"] == "berth_7"


def test_a_password_is_left_exactly_as_typed():
    assert read(Everything, query(("secret", " １２ａ "))) == {"secret": " １２ａ "}


def test_nothing_typed_is_none_where_the_form_allows_none():
    sent = query(("note", ""), ("wanted", ""), ("known", ""), ("agent.name", ""), ("agent.mail", " "), ("arrives", ""), ("level", ""))
    assert read(Everything, sent) == {"note": None, "wanted": None, "known": None, "agent": None, "arrives": None, "level": None}


def test_a_group_that_was_begun_is_not_none():
    assert read(Everything, query(("agent.name", "张三"), ("agent.mail", ""))) == {"agent": {"name": "张三", "mail": ""}}


def test_empty_rows_leave_no_hole():
    pairs = [("owners", ""), ("owners.0.name", ""), ("owners.3.name", "张三"), ("owners.3.share", "40"), ("owners.7.kind", "person")]
    values = read(Application, query(*pairs, ("owners.x.name", "no"), ("owners.1", "no")))
    assert values == {"owners": [{"name": "张三", "share": "40"}]}
    assert read(Application, query(("owners", ""))) == {"owners": []}
    assert "owners" not in read(Application, query(("cost", "1")))


def test_rows_are_never_dropped_for_being_many():
    sent = query(*((f"owners.{index}.name", "张三") for index in range(700)))
    assert len(read(Application, sent)["owners"]) == 700


def test_the_place_of_a_field_does_not_count_empty_rows():
    sent = query(("owners.0.name", ""), ("owners.2.name", "张三"), ("owners.5.name", "李四"))
    assert place_of(Application, sent, "owners.5.name") == "owners.1.name"
    assert place_of(Application, sent, "owners.2.name") == "owners.0.name"
    assert place_of(Application, sent, "ship.name") == "ship.name"
    assert place_of(Application, sent, "no.such.9") == "no.such.9"


def test_a_section_can_be_saved_before_the_others_are_begun():
    sent = query(("ship.name", "海油6"), ("ship.tonnage", ""))
    assert parse(Application, sent, partial=True) == {"ship": {"name": "海油6", "tonnage": None}}
    with pytest.raises(Refused) as refused:
        parse(Application, query(("ship.name", "Ship"), ("ship.tonnage", "")), partial=True)
    assert [one.field for one in refused.value.problems] == ["ship.name"]


def test_a_whole_form_is_refused_with_everything():
    with pytest.raises(Refused) as refused:
        parse(Application, query(("ship.name", "海油6")))
    assert {"ship.flag", "ship.built", "owners"} <= {one.field for one in refused.value.problems}


def test_two_forms_on_one_page_are_kept_apart():
    sent = query(("a.decision", "accept"), ("b.decision", "refuse"), ("b.reason", ""))
    assert parse(Desk, sent, prefix="a") == {"decision": "accept"}
    with pytest.raises(Refused) as refused:
        parse(Desk, sent, prefix="b")
    assert [one.field for one in refused.value.problems] == ["b.reason"]


def test_the_button_for_more_rows():
    assert wants_rows(query(("_more", "owners")))
    assert not wants_rows(query(("owners", "")))


def test_what_was_parsed_is_valid():
    values = parse(Desk, query(("decision", "refuse"), ("reason", "材料不全")))
    assert validate(Desk, values).reason == "材料不全"
