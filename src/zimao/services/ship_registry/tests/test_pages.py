"""The service's pages: who sees which, that a refused form keeps what was typed, and that nobody reaches another's number."""

from __future__ import annotations

import csv
import io
from datetime import date

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from zimao.kernel.cases.models import WorkItem
from zimao.kernel.parties.models import Mandate, User
from zimao.services.ship_registry.examples import example
from zimao.services.ship_registry.models import Application, Certificate, Delivery, Ship
from zimao.services.ship_registry.pages.steps import SECTIONS
from zimao.services.ship_registry.queries import values_of
from zimao.services.ship_registry.tests.conftest import MONDAY
from zimao.services.ship_registry.tests.test_case import on
from zimao.services.ship_registry.tests.test_workbook import put, saved
from zimao.services.ship_registry.workbook import application_workbook

pytestmark = pytest.mark.django_db
QUESTIONS = {"ship_type": "oil_tanker", "gross_tonnage": "2998", "area": "coastal", "oil": "persistent", "radio": "true"}


@pytest.fixture
def signed_in(office, settings, clock):
    """A client signed in as an account of the demonstration; the second factor has its own tests."""
    settings.OFFICERS_NEED_TOTP = False

    def as_user(username: str) -> Client:
        client = Client()
        client.force_login(User.objects.get(username=username))
        return client

    return as_user


def text(response) -> str:
    return response.content.decode()


def statuses_of(client: Client, number: str) -> dict[str, int]:
    """What each page of an application answers."""
    pages = ["", "/materials", "/review", "/files", "/application.xlsx", "/name", "/label", *(f"/edit/{one}" for one in SECTIONS)]
    return {page: client.get(f"/ships/{number}{page}").status_code for page in pages}


# --- who sees what -----------------------------------------------------------------------------------------------------


def test_the_questions_and_the_empty_workbook_need_no_sign_in(office):
    client = Client()
    page = text(client.get("/ships/start", QUESTIONS))
    assert "需要 7 本证书" in page
    assert "登录后开始申请" in page
    book = openpyxl.load_workbook(io.BytesIO(client.get("/ships/application.xlsx").content))
    assert len(book.sheetnames) == 11
    for page in ("/ships/certificate-room", "/ships/desks", "/ships/register", "/ships/SR-FZ-2024-000001/review"):
        assert client.get(page).status_code in (302, 401, 403)


@pytest.mark.parametrize(
    ("username", "room", "desks", "register"),
    [
        ("owner", 403, 403, 403),
        ("registration1", 403, 403, 200),
        ("approver1", 403, 403, 403),
        ("certificate_room1", 200, 403, 403),
        ("supervisor1", 403, 200, 200),
    ],
)
def test_each_room_is_for_its_role(signed_in, username, room, desks, register):
    client = signed_in(username)
    found = [client.get(f"/ships/{page}").status_code for page in ("certificate-room", "desks", "register")]
    assert found == [room, desks, register]


def test_a_draft_is_the_owners_and_the_agents(office, signed_in):
    number = office.draft("owner", example(), MONDAY)
    own = {page: 403 if page in ("/name", "/label") else 302 if page == "" else 200 for page in statuses_of(signed_in("owner"), number)}
    for username in ("owner", "agent"):
        assert statuses_of(signed_in(username), number) == own
    Mandate.objects.update(valid_to=date(2024, 5, 7))
    assert statuses_of(signed_in("agent"), number)["/review"] == 404  # the power of attorney has ended
    assert set(statuses_of(signed_in("citizen"), number).values()) == {403, 404}
    # an officer reads the case, never the form
    found = statuses_of(signed_in("registration1"), number)
    assert {found[page] for page in ("/materials", "/review", "/files", "/application.xlsx", "/edit/ship")} == {404}
    assert found["/name"] == 200


def test_the_other_zones_officers_and_a_wrong_number_find_nothing(office, signed_in):
    number = office.draft("owner", example(), MONDAY)
    stranger = signed_in("xm-registration")
    for page in ("", "/name", "/review"):
        assert stranger.get(f"/ships/{number}{page}").status_code == 404
    for wrong in ("SR-FZ-2024-999999", "%00", "../x", "a" * 300):
        assert signed_in("owner").get(f"/ships/{wrong}/review").status_code == 404
    assert signed_in("owner").get(f"/ships/{number}/edit/password").status_code == 404
    assert signed_in("citizen").post(f"/ships/{number}/materials", {"kind": "photographs"}).status_code == 404


# --- filling in --------------------------------------------------------------------------------------------------------


def test_from_the_questions_to_a_draft_that_holds_the_answers(signed_in):
    client = signed_in("owner")
    answer = client.post("/ships/new", QUESTIONS)
    made = Application.objects.get()
    assert answer.url == f"/ships/{made.number}/edit/ship"
    assert values_of(made)["particulars"]["gross_tonnage"] == 2998
    assert client.post("/ships/new", {**QUESTIONS, "applicant": "999999"}).status_code == 403  # a principal that gave no mandate


def test_wrong_questions_are_refused_beside_the_field(office):
    answer = Client().get("/ships/start", {**QUESTIONS, "gross_tonnage": "viele"})
    assert answer.status_code == 422
    assert "viele" in text(answer)


def test_a_refused_section_keeps_what_was_typed_right_or_wrong(office, signed_in):
    number = office.draft("owner", example(), MONDAY)
    client = signed_in("owner")
    sent = {f"particulars.{name}": str(value) for name, value in example()["particulars"].items()}
    answer = client.post(f"/ships/{number}/edit/particulars", {**sent, "particulars.gross_tonnage": "dreitausend"})
    assert answer.status_code == 422
    assert "dreitausend" in text(answer)
    assert values_of(Application.objects.get(number=number))["particulars"]["gross_tonnage"] == "dreitausend"
    assert 'aria-invalid="true"' in text(answer)
    answer = client.post(f"/ships/{number}/edit/particulars", {**sent, "particulars.gross_tonnage": "2998"})
    assert answer.url == f"/ships/{number}/edit/owners"


def test_a_script_in_a_value_is_shown_as_text(office, signed_in):
    values = example(particulars={"builder": "<script>alert(1)</script>"})
    page = text(signed_in("owner").get(f"/ships/{office.draft('owner', values, MONDAY)}/edit/particulars"))
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in page


def test_the_review_shows_fees_and_what_is_missing_and_refuses_an_incomplete_application(office, signed_in):
    number = office.draft("owner", example(ship={"imo_number": "9319467"}), MONDAY)
    page = text(signed_in("owner").get(f"/ships/{number}/review"))
    for words in ("收费合计", "请上传：船舶照片", "IMO"):
        assert words in page
    assert signed_in("owner").post(f"/ships/{number}/review").status_code == 422
    assert not Application.objects.get(number=number).case_id


def test_a_whole_application_is_submitted_from_the_page_once(office, signed_in):
    number = office.draft("owner", example(), MONDAY)
    office.hand_in("owner", number, MONDAY)
    client = signed_in("owner")
    assert client.post(f"/ships/{number}/review", {"_key": "click"}).url == f"/cases/{number}"
    assert client.post(f"/ships/{number}/review", {"_key": "click"}).url == f"/cases/{number}"
    assert client.post(f"/ships/{number}/review", {"_key": "later"}).status_code == 409
    assert client.get(f"/ships/{number}").url == f"/cases/{number}"
    assert "现在不能修改" in text(client.get(f"/ships/{number}/edit/ship"))


def test_materials_are_taken_one_by_one_and_a_wrong_file_is_told_beside_its_line(office, signed_in):
    number = office.draft("owner", example(), MONDAY)
    client = signed_in("owner")
    disguised = SimpleUploadedFile("a.pdf", b"MZ" + b"\0" * 300)
    answer = client.post(f"/ships/{number}/materials", {"kind": "photographs", "file": disguised})
    assert answer.status_code == 422
    photo = SimpleUploadedFile("bow.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 300)
    assert client.post(f"/ships/{number}/materials", {"kind": "photographs"}).status_code == 422
    assert client.post(f"/ships/{number}/materials", {"kind": "crew_list", "file": photo}).status_code == 422


# --- files -------------------------------------------------------------------------------------------------------------


def test_the_workbook_goes_out_and_in_through_the_page(office, signed_in):
    number = office.draft("owner", example(), MONDAY)
    client = signed_in("owner")
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"/ships/{number}/application.xlsx").content))
    place = put(book, "particulars.gross_tonnage", "many")
    refused = client.post(f"/ships/{number}/files", {"workbook": SimpleUploadedFile("a.xlsx", saved(book))})
    assert refused.status_code == 422
    assert f"第{place.rpartition('D')[2]}行D列" in text(refused)
    put(book, "particulars.gross_tonnage", 2997)
    taken = client.post(f"/ships/{number}/files", {"workbook": SimpleUploadedFile("a.xlsx", saved(book))})
    assert taken.url == f"/ships/{number}/edit/ship"
    assert values_of(Application.objects.get(number=number))["particulars"]["gross_tonnage"] == "2997"
    assert client.post(f"/ships/{number}/files").status_code == 422
    again = SimpleUploadedFile("a.xlsx", application_workbook(example()))
    assert signed_in("citizen").post(f"/ships/{number}/files", {"workbook": again}).status_code == 404


def test_inspection_data_is_noted_on_the_page_of_the_particulars(office, signed_in):
    number = office.draft("owner", example(), MONDAY)
    client = signed_in("owner")
    data = b'{"certificate_number": "FZ24SST00018", "society": "CCS", "length": "90.10"}'
    assert client.post(f"/ships/{number}/files", {"inspection": SimpleUploadedFile("a.json", data)}).url.endswith("/edit/particulars")
    page = text(client.get(f"/ships/{number}/edit/particulars"))
    assert "FZ24SST00018" in page
    assert "90.10" in page
    assert "FZ24SST00018" not in text(client.get(f"/ships/{number}/edit/ship"))
    assert client.post(f"/ships/{number}/files", {"inspection": SimpleUploadedFile("a.json", b"{")}).status_code == 422


# --- the rooms ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def approved(office):
    """A case in which ownership and MMSI wait to be made."""
    case = office.submit("owner", example(delivery={"kind": "pick_up"}), MONDAY)
    for element in ("accept_application", "examine_ownership", "approve_ownership", "preexamine_mmsi", "approve_mmsi"):
        office.complete(case, element, on("2024-05-07"))
    return case


def test_the_certificate_room_makes_those_that_are_ticked(office, signed_in, approved):
    client = signed_in("certificate_room1")
    assert "请勾选" in text(client.post("/ships/certificate-room", follow=True))
    items = WorkItem.objects.filter(case=approved, form="make", status="open")
    assert items.count() == 2
    other = WorkItem.objects.filter(case=approved, status="open").exclude(form="make").first()
    page = text(client.post("/ships/certificate-room", {"item": [*items.values_list("pk", flat=True), other.pk, "x"]}))
    assert page.count("已制证用章") == 2
    assert Certificate.objects.filter(application__case=approved, status="made").count() == 2
    other.refresh_from_db()
    assert other.status == "open"  # only certificates are made here


def test_the_owner_collects_with_the_code_from_the_slip(office, signed_in, approved):
    office.run(approved, on("2024-05-08"), stop_before=("dispatch",))
    office.complete(approved, "dispatch", on("2024-05-09"), kind="pick_up")
    code = Delivery.objects.get(application__case=approved).pick_up_code
    room = signed_in("certificate_room1")
    slip = text(room.get(f"/ships/{approved.number}/label"))
    assert approved.number in slip
    assert "内附 7 本证书" in slip
    assert code not in slip  # the code is the owner's; a slip that shows it would let anybody collect
    assert code in text(signed_in("owner").get(f"/cases/{approved.number}"))
    assert code not in text(signed_in("supervisor1").get(f"/cases/{approved.number}"))
    wrong = room.post("/ships/certificate-room/hand-over", {"number": approved.number, "pick_up_code": "AAAA2222"}, follow=True)
    assert "领取码不正确" in text(wrong)
    right = room.post("/ships/certificate-room/hand-over", {"number": approved.number, "pick_up_code": code}, follow=True)
    assert "已一次交付" in text(right)
    assert room.post("/ships/certificate-room/hand-over", {"number": approved.number, "pick_up_code": code}).status_code == 409
    assert signed_in("owner").post("/ships/certificate-room/hand-over", {"number": approved.number}).status_code == 403


def test_the_page_of_alternatives_uses_one(office, signed_in):
    second = office.submit("owner", example(ship={"identification_number": "CN20247654321", "imo_number": "", "call_sign": ""}), MONDAY)
    client = signed_in("registration1")
    page = text(client.get(f"/ships/{second.number}/name"))
    assert "改用“闽海油16”" in page
    assert client.post(f"/ships/{second.number}/name", {"name": "别的8"}).status_code == 422
    assert client.post(f"/ships/{second.number}/name", {"name": "闽海油16"}).url == f"/ships/{second.number}"
    assert Application.objects.get(case=second).ship_name == "闽海油16"


def test_the_register_as_csv_runs_no_formula_and_names_no_owner(office, signed_in, approved):
    Ship.objects.update(name_en="=HYPERLINK(1)", call_sign="+1")
    client = signed_in("supervisor1")
    answer = client.get("/ships/register", {"format": "csv"})
    assert answer["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(one["name_zh"], one["name_en"], one["call_sign"], one["mmsi"][:3]) for one in rows] == [
        ("闽海油6", "'=HYPERLINK(1)", "'+1", "413")
    ]
    assert "闽海远航" not in answer.content.decode()
    assert "闽海油6" in text(client.get("/ships/register"))


def test_the_supervisor_sees_the_load_and_what_is_late(office, signed_in, approved, clock):
    assert f"/cases/{approved.number}" not in text(signed_in("supervisor1").get("/ships/desks"))
    clock(on("2024-06-20"))
    page = text(signed_in("supervisor1").get("/ships/desks"))
    assert "超期" in page
    assert f"/cases/{approved.number}" in page


def test_every_page_is_complete_in_english(office, signed_in):
    number = office.draft("owner", example(), MONDAY)
    client = signed_in("owner")
    client.cookies["zimao_language"] = "en"
    for page in ("/ships/start", f"/ships/{number}/files", f"/ships/{number}/review", f"/ships/{number}/materials"):
        answer = client.get(page, headers={"Accept-Language": "en"})
        assert answer.status_code == 200
        assert '<html lang="en' in text(answer)
