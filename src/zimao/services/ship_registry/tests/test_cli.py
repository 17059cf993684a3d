"""``zimao ships`` in words and as JSON."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from zimao.services.ship_registry.cli import app
from zimao.services.ship_registry.examples import example
from zimao.services.ship_registry.models import Application, Certificate
from zimao.services.ship_registry.tests.conftest import MONDAY

pytestmark = pytest.mark.django_db
RUN = CliRunner()


def answer(*words: str) -> dict:
    found = RUN.invoke(app, [*words, "--json"])
    assert found.exit_code == 0, found.output
    return json.loads(found.stdout)


@pytest.mark.fact("10-F6")
def test_the_plan_prints_the_days_of_worked_examples_1_2_and_10(office):
    found = answer("plan", "--start", "2024-05-06")
    new, old = ({one["certificate"]: (one["working_day"], one["finish"]) for one in found[side]["certificates"]} for side in ("new", "old"))
    assert new == {
        "ownership": (8, "2024-05-15"),
        "mmsi": (10, "2024-05-17"),
        "nationality": (13, "2024-05-22"),
        "manning": (16, "2024-05-27"),
        "interim_smc": (16, "2024-05-27"),
        "insurance": (16, "2024-05-27"),
        "licence": (18, "2024-05-29"),
    }
    assert old == {
        "ownership": (7, "2024-05-14"),
        "nationality": (14, "2024-05-23"),
        "manning": (21, "2024-06-03"),
        "interim_smc": (26, "2024-06-11"),
        "mmsi": (29, "2024-06-14"),
        "licence": (34, "2024-06-21"),
        "insurance": (41, "2024-07-02"),
    }
    assert (found["new"]["working_days"], found["new"]["finish"]) == (20, "2024-05-31")
    assert found["reduction_percent"] == "51.2"


@pytest.mark.parametrize(
    ("start", "new", "old"),
    [
        ("2024-09-27", "2024-10-30", "2024-11-28"),
        ("2024-04-30", "2024-05-30", "2024-07-01"),
        ("2025-01-20", "2025-02-21", "2025-03-24"),
    ],
)
def test_the_plan_knows_the_holidays_of_worked_examples_3_4_and_5(office, start, new, old):
    found = answer("plan", "--start", start)
    assert (found["new"]["finish"], found["old"]["finish"]) == (new, old)


def test_the_plan_in_words(office):
    found = RUN.invoke(app, ["plan", "--start", "2024-05-06"])
    assert "new 20 working days, 2024-05-31" in found.stdout
    assert RUN.invoke(app, ["plan", "--start", "6 May"]).exit_code == 2


def test_requirements_in_words_and_as_json(office):
    words = ["requirements", "--type", "cargo", "--gt", "480", "--area", "inland_a"]
    found = answer(*words)
    assert [one["kind"] for one in found["certificates"] if one["applies"]] == ["ownership", "nationality", "manning"]
    assert "✓" in RUN.invoke(app, words).stdout
    assert RUN.invoke(app, [*words, "--oil", "soup"]).exit_code != 0


@pytest.fixture
def file(tmp_path):
    """An application as a file with one material."""
    (tmp_path / "bow.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 300)

    def make(**more):
        path = tmp_path / "application.json"
        path.write_text(json.dumps({"values": example(), **more}, ensure_ascii=False), encoding="utf-8")
        return str(path)

    return make


def test_apply_makes_a_draft_and_status_tells_where_it_stands(office, file):
    found = answer("apply", file(), "--user", "owner", "--zone", "FZ")
    assert found["submitted"] is False
    told = answer("status", found["number"])
    assert (told["ship"], told["status"], told["certificates"]) == ("闽海油6", "draft", [])
    assert found["number"] in RUN.invoke(app, ["status", found["number"]]).stdout


@pytest.mark.parametrize("wrong", [{"submit": True}, {"materials": {"photographs": "absent.png"}}, {"materials": {"crew": "bow.png"}}])
def test_a_refused_file_leaves_nothing(office, file, wrong):
    submit = ["--submit"] if wrong.pop("submit", False) else []
    assert RUN.invoke(app, ["apply", file(**wrong), "--user", "owner", "--zone", "FZ", *submit]).exit_code != 0
    assert not Application.objects.exists()


def test_unknown_numbers_accounts_and_files_are_refused(office, file, tmp_path):
    assert RUN.invoke(app, ["status", "SR-FZ-2024-999999"]).exit_code != 0
    assert RUN.invoke(app, ["apply", file(), "--user", "nobody", "--zone", "FZ"]).exit_code != 0
    (tmp_path / "bad.json").write_text("[1]", encoding="utf-8")
    assert RUN.invoke(app, ["apply", str(tmp_path / "bad.json"), "--user", "owner", "--zone", "FZ"]).exit_code != 0


def test_issue_demo_runs_one_application_through_every_desk(office, settings):
    assert RUN.invoke(app, ["issue-demo"]).exit_code != 0  # certificate numbers are never given back
    assert not Application.objects.exists()
    settings.DEMO = True
    found = answer("issue-demo")
    assert (found["status"], len({one["number"] for one in found["certificates"]})) == ("completed", 7)
    assert Certificate.objects.filter(status="handed_over").count() == 7
    status = office.submit("owner", example(), MONDAY)
    assert answer("status", status.number)["status"] == "open"
