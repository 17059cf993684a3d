"""The API from requirements to the register's extract, every refusal as a problem document."""

from __future__ import annotations

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from zimao.kernel.cases.models import Case
from zimao.kernel.parties.models import User
from zimao.services.ship_registry.examples import example
from zimao.services.ship_registry.models import Application
from zimao.services.ship_registry.queries import values_of
from zimao.services.ship_registry.tests.conftest import MONDAY
from zimao.services.ship_registry.tests.test_case import on
from zimao.services.ship_registry.workbook import application_workbook

pytestmark = pytest.mark.django_db
BASE = "/api/v1/ships"
JSON = "application/json"


@pytest.fixture
def api(office, settings, clock):
    """A client of the API, by session, of an account of the demonstration."""
    settings.OFFICERS_NEED_TOTP = False

    def as_user(username: str) -> Client:
        client = Client()
        client.force_login(User.objects.get(username=username))
        return client

    return as_user


def draft(office, api) -> tuple[Client, str]:
    number = office.draft("owner", example(), MONDAY)
    office.hand_in("owner", number, MONDAY)
    return api("owner"), number


# --- before any sign-in ------------------------------------------------------------------------------------------------


def test_requirements_answer_worked_example_7(office):
    found = Client().get(f"{BASE}/requirements?type=cargo&gt=480&area=inland_a&oil=none&radio=false").json()
    assert [one["kind"] for one in found["certificates"] if one["applies"]] == ["ownership", "nationality", "manning"]
    assert all(one["reason"]["zh"] and one["source"] for one in found["certificates"])
    assert found["before"] - found["now"] == found["saved"] > 0


def test_requirements_of_the_demo_ship_count_the_seven_lists(office):
    found = Client().get(f"{BASE}/requirements?type=oil_tanker&gt=2998&area=coastal&oil=persistent&radio=true").json()
    assert (found["before"], found["now"], found["saved"]) == (53, 15, 38)
    assert all(one["applies"] for one in found["certificates"])


@pytest.mark.parametrize("query", ["gt=0", "gt=x", "gt=480&type=submarine", "gt=480&area=moon", "gt=480&oil=vegetable", ""])
def test_wrong_questions_are_problem_documents(office, query):
    answer = Client().get(f"{BASE}/requirements?{query}")
    assert answer.status_code == 422
    assert answer["Content-Type"].startswith("application/problem+json")
    assert answer.json()["errors"]


def test_schema_and_workbook_are_public_and_the_rest_is_not(office):
    client = Client()
    assert "particulars" in client.get(f"{BASE}/form").json()["properties"]
    assert client.get(f"{BASE}/application.xlsx").content.startswith(b"PK")
    for address in ("applications", "applications/SR-FZ-2024-000001", "register", "register.csv"):
        assert client.get(f"{BASE}/{address}").status_code == 401


# --- an application ----------------------------------------------------------------------------------------------------


def test_an_application_is_started_saved_filled_and_submitted_once(office, api):
    client = api("owner")
    made = client.post(f"{BASE}/applications", {"values": {"ship": example()["ship"]}}, content_type=JSON)
    assert made.status_code == 201
    number = made.json()["number"]
    saved = client.put(f"{BASE}/applications/{number}", {"delivery": {"kind": "post", "address": "福州"}}, content_type=JSON)
    assert saved.json()["values"]["delivery"]["kind"] == "post"
    book = SimpleUploadedFile("a.xlsx", application_workbook(example()))
    assert client.post(f"{BASE}/applications/{number}/workbook", {"file": book}).json()["ship_name"] == "闽海油6"
    refused = client.post(f"{BASE}/applications/{number}/submit")
    assert refused.status_code == 422
    assert any(one["field"] == "materials.photographs" for one in refused.json()["errors"])
    assert [(one["number"], one["status"]) for one in client.get(f"{BASE}/applications").json()["items"]] == [(number, "draft")]


@pytest.mark.parametrize("address", ["{number}:submit", "{number}/submit"])
def test_submission_at_both_addresses_gives_the_case_and_its_schedule(office, api, address):
    client, number = draft(office, api)
    assert client.get(f"{BASE}/applications/{number}/schedule").status_code == 409
    path = f"{BASE}/applications/{address.format(number=number)}"
    first = client.post(path, headers={"Idempotency-Key": "one"})
    again = client.post(path, headers={"Idempotency-Key": "one"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["number"] == again.json()["number"] == number
    assert client.post(path, headers={"Idempotency-Key": "two"}).status_code == 409
    assert Case.objects.count() == 1
    plan = client.get(f"{BASE}/applications/{number}/schedule").json()
    assert (plan["total_days"], plan["target_days"], len(plan["tracks"]), plan["red_from"]) == (20, 20, 7, None)


@pytest.mark.parametrize("separator", [":", "/"])
def test_a_correction_is_answered_and_a_case_withdrawn(office, api, separator):
    case = office.submit("owner", example(), MONDAY)
    client, at = api("owner"), f"{BASE}/applications/{case.number}{separator}"
    assert client.post(f"{at}answer", {"answer": "已补"}, content_type=JSON).status_code == 409
    office.complete(case, "accept_application", on("2024-05-07"), decision="correct", reason="请补船尾照片")
    assert client.post(f"{at}answer", {"answer": ""}, content_type=JSON).status_code == 422
    answered = client.post(f"{at}answer", {"answer": "已补"}, content_type=JSON)
    assert (answered.status_code, answered.json()["element"], answered.json()["status"]) == (200, "answer_correction", "done")
    assert api("citizen").post(f"{at}withdraw", {"reason": ""}, content_type=JSON).status_code == 404
    assert client.post(f"{at}withdraw", {"reason": "改期"}, content_type=JSON).json()["status"] == "withdrawn"
    assert client.post(f"{at}withdraw", {"reason": "改期"}, content_type=JSON).status_code == 409


def test_a_draft_can_be_neither_withdrawn_nor_answered(office, api):
    client, number = draft(office, api)
    for verb, body in (("withdraw", {"reason": ""}), ("answer", {"answer": "x"})):
        assert client.post(f"{BASE}/applications/{number}/{verb}", body, content_type=JSON).status_code == 409


def test_a_red_plan_says_from_which_day_and_why(office, api, clock):
    case = office.submit("owner", example(), MONDAY)
    clock(on("2024-06-20"))
    late = api("owner").get(f"{BASE}/applications/{case.number}/schedule").json()
    assert late["total_days"] > 20
    assert late["red_from"]["date"] == "2024-05-08"  # acceptance was due on the 7th
    assert (late["red_from"]["element"], bool(late["red_from"]["reason"]["zh"])) == ("accept_application", True)


def test_a_task_is_completed_through_the_cases_api(office, api):
    case = office.submit("owner", example(), MONDAY)
    desk = api("acceptance1")
    [task] = [one for one in desk.get("/api/v1/tasks").json()["items"] if one["case"] == case.number]
    done = desk.post(f"/api/v1/tasks/{task['id']}/complete", {"decision": "accept"}, content_type=JSON)
    assert (done.status_code, done.json()["decision"]) == (200, "accept")


@pytest.mark.parametrize(("section", "code"), [({"colour": 1}, 422), ({"ship": {"name_zh": "一" * 200_001}}, 422)])
def test_wrong_sections_are_refused_and_nothing_is_kept(office, api, section, code):
    client, number = draft(office, api)
    before = Application.objects.get(number=number).values
    assert client.put(f"{BASE}/applications/{number}", section, content_type=JSON).status_code == code
    assert Application.objects.get(number=number).values == before


def test_inspection_data_and_a_wrong_workbook_through_the_api(office, api):
    client, number = draft(office, api)
    body = {"certificate_number": "FZ24SST00018", "society": "CCS", "length": "90.10"}
    taken = client.post(f"{BASE}/applications/{number}/inspection", body, content_type=JSON)
    assert taken.json()["values"]["particulars"]["length"] == "90.10"
    wrong = client.post(f"{BASE}/applications/{number}/inspection", {**body, "length": "x"}, content_type=JSON)
    assert [one["field"] for one in wrong.json()["errors"]] == ["length"]
    book = SimpleUploadedFile("a.xlsx", application_workbook(example(ship={"imo_number": "1"})))
    refused = client.post(f"{BASE}/applications/{number}/workbook", {"file": book})
    assert [(one["field"], one["column"]) for one in refused.json()["errors"]] == [("ship.imo_number", "D")]
    assert refused.json()["errors"][0]["row"] > 1
    assert client.get(f"{BASE}/applications/{number}/workbook").content.startswith(b"PK")


def test_nobody_reaches_another_owners_application(office, api):
    _, number = draft(office, api)
    stranger = api("citizen")
    for address in ("", "/schedule", "/workbook"):
        assert stranger.get(f"{BASE}/applications/{number}{address}").status_code == 404
    assert stranger.put(f"{BASE}/applications/{number}", {"daily_cost": 1}, content_type=JSON).status_code == 404
    assert stranger.post(f"{BASE}/applications/{number}/submit").status_code == 404
    assert stranger.post(f"{BASE}/applications/{number}/inspection", {}, content_type=JSON).status_code == 404
    assert stranger.get(f"{BASE}/applications").json()["count"] == 0
    assert values_of(Application.objects.get(number=number))["daily_cost"] == 30000


# --- the register ------------------------------------------------------------------------------------------------------


def test_the_extract_of_the_register_as_json_and_csv(office, api):
    case = office.submit("owner", example(), MONDAY)
    office.run(case, on("2024-05-08"))
    client = api("registration1")
    [ship] = client.get(f"{BASE}/register").json()["items"]
    [row] = csv.DictReader(io.StringIO(client.get(f"{BASE}/register.csv").content.decode("utf-8-sig")))
    assert {name: str(value) for name, value in ship.items()} == row
    assert (ship["name_zh"], ship["gross_tonnage"], ship["registered_on"]) == ("闽海油6", 2998, "2024-05-08")
    for username in ("owner", "manning1", "approver1"):
        assert api(username).get(f"{BASE}/register").status_code == 403
        assert api(username).get(f"{BASE}/register.csv").status_code == 403
    application = client.get(f"{BASE}/applications/{case.number}").json()
    assert {one["status"] for one in application["certificates"]} == {"handed_over"}
    assert all(one["verification_code"] for one in application["certificates"])
