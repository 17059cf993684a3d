"""Radio identities come from the block that a zone's table gives to its registry, and from nowhere else."""

from __future__ import annotations

import pytest

from zimao.kernel.errors import Refused
from zimao.services.ship_registry.examples import example
from zimao.services.ship_registry.models import Ship
from zimao.services.ship_registry.parameters import Parameters, applicability_model
from zimao.services.ship_registry.rules import voyage_of
from zimao.services.ship_registry.tests.conftest import MONDAY

pytestmark = pytest.mark.django_db


def second(**changes):
    identity = {"name_zh": "闽海油8", "identification_number": "CN20247654321", "imo_number": "", "call_sign": ""}
    return example(ship={**identity, **changes}, insurance={"ship_name": "闽海油8"})


def block(monkeypatch, first: int, last: int) -> None:
    """The zone's table gives this block."""
    known = Parameters.values
    monkeypatch.setattr(Parameters, "values", lambda self: {**known(self), "mmsi_block_first": first, "mmsi_block_last": last})


def test_identities_follow_each_other_inside_the_block_and_pass_over_those_in_use(office, monkeypatch):
    block(monkeypatch, 412700001, 412700003)
    office.run(office.submit("owner", example(ship={"mmsi": "412700002"}), MONDAY), MONDAY)
    office.run(office.submit("owner", second(), MONDAY), MONDAY)
    third = {"name_zh": "闽海油9", "identification_number": "CN20247654322"}
    office.run(office.submit("owner", {**second(**third), "insurance": {**second()["insurance"], "ship_name": "闽海油9"}}, MONDAY), MONDAY)
    assert list(Ship.objects.order_by("pk").values_list("mmsi", flat=True)) == ["412700002", "412700001", "412700003"]


def test_a_block_that_is_used_up_is_said_and_nothing_is_approved(office, monkeypatch):
    block(monkeypatch, 412700001, 412700001)
    office.run(office.submit("owner", example(), MONDAY), MONDAY)
    case = office.submit("owner", second(), MONDAY)
    office.run(case, MONDAY, stop_before=("approve_mmsi",))
    with pytest.raises(Refused, match="mmsi_block"):
        office.complete(case, "approve_mmsi", MONDAY)
    assert "approve_mmsi" in office.ready(case)


@pytest.mark.parametrize(("area", "voyage"), [("ocean", "international"), ("sheltered", "coastal"), ("inland_c", "inland")])
def test_the_voyage_is_a_decision_of_the_diagram_of_decisions(area, voyage):
    assert voyage_of(applicability_model(), area) == voyage
