"""A form on a page: every control named, every problem linked, and what was rendered is read back."""

from __future__ import annotations

from copy import deepcopy

import pytest
from django.utils.translation import override
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from zimao.kernel.errors import Problem
from zimao.kernel.forms import bind, problems_of, read, validate
from zimao.kernel.forms.shape import shape
from zimao.kernel.forms.tests.page import rendered, sent
from zimao.kernel.forms.tests.sample import CARGOES, GOOD, Application, Desk, Everything
from zimao.kernel.text import t

EVERY = {
    "secret": "",
    "token": "T-1",
    "note": "第一行\n\n<b>第三行</b>",
    "berth": "berth_7",
    "wanted": "gas",
    "ready": False,
    "known": True,
    "level": -3,
    "arrives": "2024-05-06T09:30:00",
    "agent": {"name": "张\"三'&", "mail": "zhang@example.org"},
}
WRONG = deepcopy(GOOD) | {"urgent": "perhaps", "surprise": 1}
WRONG["ship"] |= {"name": "Ship", "flag": "xx", "built": "2024-02-30", "tonnage": "12a", "cargoes": ["oil", "gold"], "former": ["长" * 61]}
WRONG["owners"][1] |= {"kind": "", "share": "101"}


def one(tree, path):
    found = tree.xpath(path)
    assert len(found) == 1, (path, len(found))
    return found[0]


def by_name(tree, name):
    return [control for control in tree.xpath("//*[@name]") if control.get("name") == name and control.get("type") != "hidden"]


PAGES = [
    (Application, {}),
    (Application, GOOD),
    (Application, WRONG),
    (Everything, {}),
    (Everything, EVERY),
    (Desk, {"decision": "refuse"}),
]


@pytest.fixture(params=PAGES, ids=lambda page: f"{page[0].__name__}-{len(page[1])}")
def page(request):
    model, values = request.param
    bound = bind(model, values, problems_of(model, values))
    return bound, rendered(bound, check="/check")


def test_ids_are_unique_and_every_reference_leads_somewhere(page):
    _, tree = page
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))
    named = {word for value in tree.xpath("//@aria-describedby | //@aria-labelledby | //@data-error") for word in value.split()}
    named |= set(tree.xpath("//label/@for | //@list")) | {value[1:] for value in tree.xpath("//a/@href | //@hx-target")}
    assert named <= set(ids)


def test_every_control_has_a_label_and_every_set_a_legend(page):
    _, tree = page
    labelled = set(tree.xpath("//label/@for"))
    controls = tree.xpath("//input[not(@type='hidden')] | //select | //textarea")
    assert controls
    for control in controls:
        assert control.get("id") in labelled
    for fieldset in tree.xpath("//fieldset"):
        assert one(fieldset, "./legend").text_content().strip()


def test_every_problem_is_in_the_summary_and_beside_its_field(page):
    bound, tree = page
    told = [told for told in bound.summary() if told.target]
    assert len(tree.xpath("//*[@id='problems']//li")) == len(bound.problems)
    assert len(tree.xpath("//*[@id='problems']//a")) == len(told)
    for problem in told:
        wrong = one(tree, f"//*[@id='{problem.target}']")
        beside = wrong.xpath("ancestor-or-self::*[@data-field][1]")[0]
        assert problem.sentence.zh in beside.text_content()
    for wrong in tree.xpath("//*[@aria-invalid='true']"):
        words = [tree.xpath(f"//*[@id='{part}']")[0] for part in (wrong.get("data-error"),)]
        assert all(word.text_content().strip() for word in words)


def test_nothing_inline(page):
    _, tree = page
    assert not tree.xpath("//@style | //script | //style")
    assert not [name for element in tree.iter() for name in element.attrib if name.startswith("on")]


def test_the_values_of_a_refused_form_are_kept():
    tree = rendered(bind(Application, WRONG, problems_of(Application, WRONG)))
    back = read(Application, sent(one(tree, "//form")))
    expected = {name: value for name, value in WRONG.items() if name not in {"surprise", "urgent"}}
    assert {name: back[name] for name in expected} == expected


def test_a_date_that_is_none_is_shown_as_it_was_typed():
    wrong = by_name(rendered(bind(Application, WRONG)), "ship.built")[0]
    assert (wrong.get("type"), wrong.get("value")) == ("text", "2024-02-30")
    assert by_name(rendered(bind(Application, GOOD)), "ship.built")[0].get("type") == "date"


def test_each_kind_has_its_control():
    tree = rendered(bind(Everything, EVERY))
    assert by_name(tree, "secret")[0].get("type") == "password"
    assert by_name(tree, "note")[0].tag == "textarea"
    assert by_name(tree, "wanted")[0].tag == "select"
    assert by_name(tree, "known")[0].tag == "select"
    assert [control.get("type") for control in by_name(tree, "ready")] == ["radio", "radio"]
    assert by_name(tree, "arrives")[0].get("type") == "datetime-local"
    assert by_name(tree, "agent.mail")[0].get("type") == "email"
    berth = by_name(tree, "berth")[0]
    assert len(tree.xpath(f"//datalist[@id='{berth.get('list')}']/option")) == 40
    assert one(tree, "//input[@name='token']").get("type") == "hidden"


def test_telephones_show_the_right_keyboard():
    tree = rendered(bind(Application, GOOD))
    modes = {name: by_name(tree, name)[0].get("inputmode") for name in ("ship.tonnage", "ship.length", "delivery.phone", "ship.name")}
    assert modes == {"ship.tonnage": "numeric", "ship.length": "decimal", "delivery.phone": "tel", "ship.name": None}
    assert by_name(rendered(bind(Everything, {})), "level")[0].get("inputmode") is None  # a number that may be negative
    assert by_name(tree, "delivery.phone")[0].get("autocomplete") == "tel"
    assert by_name(tree, "ship.name")[0].get("autocomplete") == "off"


def test_the_unit_stands_behind_the_input_and_is_read_out():
    tonnage = by_name(rendered(bind(Application, GOOD)), "ship.tonnage")[0]
    group = tonnage.getparent()
    assert group.get("class") == "input-group"
    assert one(group, ".//*[@id='id_ship-tonnage--unit']").text == "GT"
    assert "id_ship-tonnage--unit" in tonnage.get("aria-describedby").split()


def test_required_fields_are_marked_in_text_and_for_screen_readers():
    tree = rendered(bind(Application, {}))
    assert by_name(tree, "ship.name")[0].get("aria-required") == "true"
    assert by_name(tree, "cost")[0].get("aria-required") is None
    assert "*" in one(tree, "//label[@for='id_ship-name']").text_content()
    assert "*" not in one(tree, "//label[@for='id_cost']").text_content()


def test_a_password_never_comes_back():
    assert "geheim" not in str(rendered(bind(Everything, {"secret": "geheim"})).xpath("//@value"))


def test_a_value_that_is_no_longer_offered_is_kept_visible():
    tree = rendered(bind(Everything, {"wanted": "gold"}))
    assert one(tree, "//option[@selected]").get("value") == "gold"


def test_conditions_are_told_to_the_script_and_kept_without_it():
    tree = rendered(bind(Application, GOOD))
    first, second = (one(tree, f"//*[@data-field='owners.{index}.capital']") for index in (0, 1))
    assert (first.get("data-shown-if"), first.get("data-shown-values")) == ("owners.0.kind", '["enterprise"]')
    assert first.get("hidden") is None
    assert second.get("hidden") is not None
    assert "企业" in one(second, ".//noscript").text_content()


def test_a_list_has_one_empty_row_more_until_it_is_full():
    rows = bind(Application, GOOD).field("owners").rows
    assert [(row.number, row.is_extra) for row in rows] == [(1, False), (2, False), (3, True)]
    full = bind(Application, GOOD | {"owners": GOOD["owners"] * 2}).field("owners").rows
    assert len(full) == 4
    assert not any(row.is_extra for row in full)


def test_more_rows_without_a_script():
    form = one(rendered(bind(Application, GOOD)), "//form")
    values = read(Application, sent(form, owners__2__name="李四", owners__2__share="1", _more="owners"))
    assert [row["name"] for row in values["owners"]] == ["海运公司", "张三", "李四"]
    assert [row.is_extra for row in bind(Application, values).field("owners").rows] == [False, False, False, True]
    emptied = read(Application, sent(form, owners__0__name="", owners__0__share="", owners__0__capital=""))
    assert [row["name"] for row in emptied["owners"]] == ["张三"]


def test_problems_of_a_list_and_of_a_row_are_shown_there():
    told = (Problem("a", "owners", t("合计须为100%", "They must add up")), Problem("b", "owners.1", t("此人重复", "Named twice")))
    tree = rendered(bind(Application, GOOD, told))
    assert tree.xpath("//*[@id='problems']//a/@href") == ["#id_owners", "#id_owners-1"]
    assert "合计须为100%" in one(tree, "//*[@id='id_owners--error']").text_content()
    assert "此人重复" in one(tree, "//*[@id='id_owners-1']").text_content()


def test_the_summary_leads_through_the_labels_and_takes_the_focus():
    tree = rendered(bind(Application, WRONG, problems_of(Application, WRONG)))
    summary = one(tree, "//*[@id='problems']")
    assert summary.get("autofocus") is not None
    assert (summary.get("role"), summary.get("tabindex")) == ("alert", "-1")
    assert "所有人 · 第2项 · 份额：不得大于 100" in summary.text_content()
    assert "“surprise”" in summary.text_content()
    with override("en"):
        assert (
            "Owners · entry 2 · Share: Must be 100 or less"
            in rendered(bind(Application, WRONG, problems_of(Application, WRONG))).text_content()
        )


def test_bare_problems_make_a_summary_too():
    problems = problems_of(Desk, {"decision": "refuse"})
    tree = rendered(bind(Desk, {}), page="{% load forms %}<div>{% form_problems problems %}</div>", problems=problems)
    assert tree.xpath("//a/@href") == ["#id_reason"]
    assert not rendered(bind(Desk, {})).xpath("//*[@id='problems']")


def test_one_section_alone():
    bound = bind(Application, GOOD, problems_of(Application, WRONG)).section("owners")
    form = one(rendered(bound), "//form")
    assert read(Application, sent(form)) == {"owners": GOOD["owners"]}
    linked = [told.target for told in bound.summary()]
    assert "id_owners-1-share" in linked
    assert "" in linked  # what is wrong in other sections is told without a link
    with pytest.raises(KeyError):
        bind(Application, GOOD).section("nothing")


def test_a_section_model_with_the_prefix_of_the_whole_form():
    problems = problems_of(Application, WRONG)
    alone = bind(shape(Application)["ship"].model, WRONG["ship"], problems, "ship")
    assert alone.field("ship.tonnage").errors == bind(Application, WRONG, problems).field("ship.tonnage").errors != ()
    assert read(Application, sent(one(rendered(alone), "//form"))) == {"ship": WRONG["ship"]}
    assert [told.trail[-1].zh for told in alone.summary() if told.target == "id_ship-tonnage"] == ["总吨"]


def test_loose_fields_stand_together_in_a_section_of_their_own():
    assert [(section.name, bool(section.label)) for section in bind(Application, {}).sections] == [
        ("ship", True),
        ("owners", True),
        ("insurance", True),
        ("delivery", True),
        ("cost", False),
    ]
    assert [section.has_problems for section in bind(Application, {}, problems_of(Application, {})).sections] == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_one_field_alone():
    tree = rendered(bind(Application, GOOD), page='{% load forms %}<div>{% form_field bound "owners.0.name" %}</div>')
    assert [control.get("value") for control in by_name(tree, "owners.0.name")] == ["海运公司"]


# A page is large: searching for the smallest failing one would take minutes.
QUICK = [phase for phase in Phase if phase is not Phase.shrink]
TEXTS = st.text(st.sampled_from("海油AZaz09<>&\"' -（）。\n"), max_size=12).map(str.strip)
NAMES = st.text(st.sampled_from("海运公司<>&\"'"), min_size=1, max_size=8)
SHARES = st.decimals(min_value="0.01", max_value=100, places=2).map(str)
ROWS = st.fixed_dictionaries({"kind": st.sampled_from(["enterprise", "person"]), "name": NAMES, "share": SHARES})
DATES = st.dates().map(str)
FILLED = st.fixed_dictionaries(
    {
        "ship": st.fixed_dictionaries(
            {
                "name": st.text(st.sampled_from("闽海油69"), min_size=2, max_size=9),
                "former": st.lists(NAMES, max_size=3),
                "flag": st.sampled_from(["cn", "other"]),
                "port": st.sampled_from(["CNFOC", "CNPTJ"]),
                "length": st.decimals(min_value="0.01", max_value=9999, places=2).map(str),
                "tonnage": st.integers(1, 999_999),
                "built": DATES,
                "cargoes": st.sets(st.sampled_from(list(CARGOES))).map(lambda some: [one for one in CARGOES if one in some]),
            }
        ),
        "owners": st.lists(ROWS, min_size=1, max_size=4),
        "insurance": st.fixed_dictionaries({"insurer": TEXTS.map(lambda text: text.replace("\n", "")), "valid_from": st.none() | DATES}),
        "delivery": st.just({"kind": "electronic"}) | st.fixed_dictionaries({"kind": st.just("post"), "address": NAMES}),
        "cost": st.none() | st.integers(0, 10**8),
        "urgent": st.booleans(),
    }
)
ALL_KINDS = st.fixed_dictionaries(
    {
        "token": NAMES,
        "note": TEXTS.map(lambda text: text or None),
        "berth": st.sampled_from(["berth_0", "berth_39"]),
        "wanted": st.sampled_from([None, "gas", "other"]),
        "ready": st.booleans(),
        "known": st.sampled_from([None, True, False]),
        "level": st.integers(-(10**6), 10**6),
        "arrives": st.none() | st.datetimes().map(lambda moment: moment.replace(second=0, microsecond=0).isoformat()),
        "agent": st.none() | st.fixed_dictionaries({"name": NAMES, "mail": st.just("a@b.cn")}),
    }
)


@pytest.mark.parametrize(("model", "filled"), [(Application, FILLED), (Everything, ALL_KINDS)])
@given(data=st.data())
@settings(max_examples=25, deadline=None, phases=QUICK, suppress_health_check=[HealthCheck.too_slow])
def test_what_was_rendered_is_read_back(model, filled, data):
    form = validate(model, data.draw(filled))
    back = read(model, sent(one(rendered(bind(model, form)), "//form")))
    assert validate(model, back) == form
    again = read(model, sent(one(rendered(bind(model, back)), "//form")))
    assert again == back
