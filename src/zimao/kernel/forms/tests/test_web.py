"""The check of one field while the form is being filled in."""

from __future__ import annotations

import pytest
from django.test import RequestFactory
from django.utils.translation import override

from zimao.kernel import forms
from zimao.kernel.errors import Missing
from zimao.kernel.forms import bind, field_answer
from zimao.kernel.forms.tests.page import rendered
from zimao.kernel.forms.tests.sample import GOOD, Application, Everything


def ask(field, **sent):
    request = RequestFactory().post(f"/check?_field={field}", {name.replace("__", "."): value for name, value in sent.items()})
    return field_answer(request, Application).content.decode().strip()


def test_a_wrong_field_is_answered_with_its_sentence_only():
    answer = ask("ship.tonnage", ship__tonnage="0", ship__name="Ship")
    assert answer == '<span class="d-block">必须大于 0</span>'
    with override("en"):
        assert "Must be greater than 0" in ask("ship.tonnage", ship__tonnage="0")


def test_a_right_field_is_answered_with_nothing():
    assert ask("ship.tonnage", ship__tonnage="２９９８") == ""
    assert ask("owners.0.capital", owners__0__kind="person", owners__0__capital="much", owners__0__name="张三") == ""


def test_a_required_field_that_was_emptied_is_told():
    assert "请填写此项" in ask("ship.name", ship__name="")


def test_the_rows_of_the_page_are_found_though_some_are_empty():
    sent = {"owners__0__name": "", "owners__3__name": "张三", "owners__3__share": "101"}
    assert "不得大于 100" in ask("owners.3.share", **sent)
    assert ask("owners.0.name", **sent) == ""


def test_an_unknown_field_is_missing():
    for name in ("", "ship.surprise", "owners.x.name", "__class__"):
        with pytest.raises(Missing):
            ask(name)


def test_controls_ask_when_they_were_changed_and_the_answer_leaves_them_alone():
    tree = rendered(bind(Application, GOOD), check="/check?item=7")
    asking = tree.xpath("//*[@hx-post]")
    assert {control.get("hx-trigger") for control in asking} == {"change"}
    share = next(control for control in asking if control.get("name") == "owners.1.share")
    assert share.get("hx-post") == "/check?item=7&_field=owners.1.share"
    place = tree.xpath(f"//*[@id='{share.get('hx-target')[1:]}']")[0]
    assert place.get("aria-live") == "polite"
    assert not place.xpath(".//input | .//select | .//textarea")


def test_without_an_address_nothing_is_asked_and_passwords_never_are():
    assert not rendered(bind(Application, GOOD)).xpath("//*[@hx-post]")
    assert "secret" not in [control.get("name") for control in rendered(bind(Everything, {}), check="/c").xpath("//*[@hx-post]")]


def test_the_door_names_what_it_gives():
    assert set(dir(forms)) >= {"field_answer"}
    assert all(getattr(forms, name) is not None for name in forms.__all__)
