"""Names that sound or look alike, and the way out when the first name was taken meanwhile."""

from __future__ import annotations

import pytest

from zimao.kernel.errors import Conflict, Missing, NotAllowed, Refused
from zimao.kernel.notices.models import Notice
from zimao.services.ship_registry.examples import example
from zimao.services.ship_registry.models import Application, Ship
from zimao.services.ship_registry.operations import use_alternative
from zimao.services.ship_registry.rules import look_of, sound_of
from zimao.services.ship_registry.rules.names import Clash, latin_of, name_clash
from zimao.services.ship_registry.tests.conftest import MONDAY
from zimao.services.ship_registry.tests.test_case import on
from zimao.services.ship_registry.tests.test_rules import table

LOOKALIKES = {row["character"]: row["looks_like"] for row in table("ship_lookalikes")}
SECOND = {"identification_number": "CN20247654321", "imo_number": "", "call_sign": ""}


@pytest.mark.parametrize(
    ("name", "registered", "kind"),
    [
        ("闽海油6", "闽海油6", "taken"),
        ("敏海油6", "闽海油6", "homophone"),
        ("闽海油六", "闽海油6", "homophone"),
        ("太海88", "大海88", "lookalike"),
        ("干里江", "千里江", "lookalike"),
        ("闽海油６", "闽海油6", "lookalike"),  # a full-width digit
        ("闽海油7", "闽海油6", None),
        ("大海88", "大海89", None),
    ],
)
def test_what_sounds_or_looks_alike_is_one_name(name, registered, kind):
    clash = name_clash(name, {sound_of(registered): registered}, LOOKALIKES)
    assert clash == (Clash(kind, registered) if kind else None)


def test_looks_are_one_whether_a_number_is_written_in_digits_or_in_chinese():
    assert look_of("闽货二〇六", LOOKALIKES) == look_of("闽货206", LOOKALIKES) == look_of("闽货２０６", LOOKALIKES)
    assert look_of("闽货206", LOOKALIKES) != look_of("闽货207", LOOKALIKES)


def test_each_character_of_the_table_points_at_one_that_points_nowhere():
    assert not set(LOOKALIKES) & set(LOOKALIKES.values())
    assert all(len(one) == 1 for pair in LOOKALIKES.items() for one in pair)


def test_the_name_in_latin_letters_is_pinyin_with_the_digits_kept():
    assert latin_of("闽海油16") == "MIN HAI YOU 16"
    assert latin_of("绿岛8") == "LV DAO 8"


@pytest.fixture
def two(office):
    """Two ships of one name, both examined; the first is registered."""
    first = office.submit("owner", example(), MONDAY)
    second = office.submit("owner", example(ship=SECOND), MONDAY)
    for case in (first, second):
        office.complete(case, "accept_application", on("2024-05-07"))
        office.complete(case, "examine_ownership", on("2024-05-08"))
    office.complete(first, "approve_ownership", on("2024-05-09"))
    return first, second


@pytest.mark.django_db
def test_the_approver_goes_on_with_an_alternative_of_the_owner(office, two):
    _, second = two
    with pytest.raises(Conflict, match="name_taken") as told:
        office.complete(second, "approve_ownership", on("2024-05-09"))
    assert f"/ships/{second.number}/name" in told.value.sentence.zh
    use_alternative(office.act("approver1", on("2024-05-09")), number=second.number, name="闽海油16")
    office.complete(second, "approve_ownership", on("2024-05-09"))
    ship = Ship.objects.get(identification_number=SECOND["identification_number"])
    assert (ship.name_zh, ship.name_en) == ("闽海油16", "MIN HAI YOU 16")
    told = Notice.objects.filter(subject=second.number, template="ship_registry.renamed")
    assert told.count() == 1
    with pytest.raises(Conflict, match="ship_registered"):
        use_alternative(office.act("approver1", on("2024-05-09")), number=second.number, name="闽海油26")


@pytest.mark.django_db
def test_an_alternative_must_be_offered_free_and_chosen_by_the_right_desk(office, two):
    _, second = two
    with pytest.raises(Refused, match="name_not_offered"):
        use_alternative(office.act("approver1", on("2024-05-09")), number=second.number, name="自选88")
    for username in ("manning1", "owner", "supervisor1"):
        with pytest.raises(NotAllowed):
            use_alternative(office.act(username, on("2024-05-09")), number=second.number, name="闽海油16")
    identity = {**SECOND, "identification_number": "CN20247654322", "name_zh": "闽海油16"}
    third = office.submit("owner", example(ship=identity, insurance={"ship_name": "闽海油16"}), MONDAY)
    for element in ("accept_application", "examine_ownership", "approve_ownership"):
        office.complete(third, element, on("2024-05-09"))
    with pytest.raises(Refused, match="name_taken"):
        use_alternative(office.act("registration1", on("2024-05-09")), number=second.number, name="闽海油16")
    assert Application.objects.get(case=second).ship_name == "闽海油6"
    draft = office.draft("owner", example(ship=SECOND), MONDAY)
    with pytest.raises(Missing):
        use_alternative(office.act("registration1", on("2024-05-09")), number=draft, name="闽海油26")


@pytest.mark.django_db
@pytest.mark.parametrize("same", ["identification_number", "imo_number", "mmsi", "call_sign"])
def test_a_number_taken_meanwhile_is_a_conflict_and_nothing_is_entered(office, same):
    numbers = {"identification_number": "CN20247654321", "imo_number": "9319466", "mmsi": "413000001", "call_sign": "BOAC"}
    first = office.submit("owner", example(ship={"mmsi": "413123456"}), MONDAY)
    taken = {same: {**example()["ship"], "mmsi": "413123456"}[same]}
    second = office.submit("owner", example(ship={**numbers, **taken, "name_zh": "远洋88"}, insurance={"ship_name": "远洋88"}), MONDAY)
    for case in (first, second):
        office.complete(case, "accept_application", on("2024-05-07"))
        office.complete(case, "examine_ownership", on("2024-05-08"))
    office.complete(first, "approve_ownership", on("2024-05-09"))
    office.run(first, on("2024-05-09"))
    with pytest.raises(Conflict, match="number_taken"):
        office.complete(second, "approve_ownership", on("2024-05-09"))
    assert Ship.objects.count() == 1
