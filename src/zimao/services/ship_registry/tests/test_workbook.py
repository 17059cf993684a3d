"""The application as an Excel workbook and the particulars from an inspection certificate: whole, or every wrong cell named."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import openpyxl
import pytest

from zimao.kernel.errors import Conflict, Missing, Refused
from zimao.kernel.forms import problems_of
from zimao.services.ship_registry.examples import example
from zimao.services.ship_registry.forms import ApplicationForm
from zimao.services.ship_registry.models import Application
from zimao.services.ship_registry.operations import fill_application, start_application, take_inspection
from zimao.services.ship_registry.prefilling import parse_inspection, prefilled_fields
from zimao.services.ship_registry.queries import values_of
from zimao.services.ship_registry.tests.conftest import MONDAY
from zimao.services.ship_registry.workbook import application_workbook, read_application
from zimao.services.ship_registry.workbook.layout import FIRST_ROW, sheets

pytestmark = pytest.mark.django_db
INSPECTION = {
    "certificate_number": "FZ24SST00018",
    "society": "CCS",
    "issued_on": "2024-04-22",
    "length": "89.60",
    "breadth": "14.20",
    "depth": "6.80",
    "gross_tonnage": 2998,
    "net_tonnage": 1679,
}


def book(values: dict[str, Any] | None = None) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(application_workbook(values or {})))


def saved(workbook: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def page(workbook: openpyxl.Workbook, key: str):
    return workbook[sheets()[key].title]


def put(workbook: openpyxl.Workbook, path: str, value: object) -> str:
    """Write into the cell of a field of a group; its address."""
    key, _, name = path.partition(".")
    sheet = page(workbook, key)
    row = next(cells[0].row for cells in sheet.iter_rows(min_row=2) if cells[0].value == (name or key))
    sheet.cell(row, 4).value = value
    return f"{sheet.title}!D{row}"


@pytest.fixture
def draft(office) -> Application:
    return start_application(office.act("owner", MONDAY))


def fill(office, draft: Application, data: bytes) -> Application:
    return fill_application(office.act("owner", MONDAY), number=draft.number, filled=read_application(data))


def wrong(office, draft: Application, data: bytes) -> list[Any]:
    """The problems with which a workbook is refused; the draft must be as it was."""
    before = Application.objects.get(pk=draft.pk).values
    with pytest.raises(Refused) as told:
        fill(office, draft, data)
    assert Application.objects.get(pk=draft.pk).values == before
    return list(told.value.problems)


# --- the workbook out and in -------------------------------------------------------------------------------------------


def test_the_template_has_a_sheet_for_each_section_with_words_help_and_choices():
    workbook = book()
    assert [name.rpartition(" ")[2] for name in workbook.sheetnames] == ["guide", *ApplicationForm.model_fields, "choices"]
    line = next(cells for cells in page(workbook, "particulars").iter_rows(values_only=True) if cells[0] == "gross_tonnage")
    assert line == ("gross_tonnage", "总吨 *", "Gross tonnage", None, "GT", "例 e.g. 2998")
    listed = {row[0]: row[1:3] for row in workbook["可选值 choices"].iter_rows(values_only=True)}
    assert listed["oil_tanker"] == ("油船", "Oil tanker")
    assert "中国船东互保协会" in listed
    assert [cell.value for cell in page(workbook, "owners")[1]] == ["kind", "name", "identifier", "share", "chinese_capital"]


def test_a_workbook_taken_away_and_brought_back_says_the_same(office, draft):
    fill(office, draft, application_workbook(example()))
    found = values_of(Application.objects.get(pk=draft.pk))
    assert problems_of(ApplicationForm, found) == ()
    assert ApplicationForm.model_validate(found) == ApplicationForm.model_validate(example())
    again = read_application(application_workbook(found))
    assert again.values == read_application(application_workbook(example())).values
    draft.refresh_from_db()
    assert (draft.ship_name, draft.identification_number) == ("闽海油6", "CN20241234567")


def test_words_codes_numbers_and_dates_are_taken_as_people_write_them(office, draft):
    workbook = book()
    for path, value in {
        "particulars.ship_type": "Oil tanker",
        "particulars.area": "沿海",
        "particulars.oil": "persistent",
        "particulars.radio": "是",
        "particulars.gross_tonnage": 2998,
        "particulars.length": 89.6,
        "particulars.completed": "2024-04-18",
        "ship.imo_number": 9074729,
        "ship.alternatives": "闽海油16；闽海油26",
        "manager.doc_ship_types": "油船; 化学品船",
        "daily_cost": 30000,
    }.items():
        put(workbook, path, value)
    fill(office, draft, saved(workbook))
    found = values_of(Application.objects.get(pk=draft.pk))
    assert found["particulars"]["ship_type"] == "oil_tanker"
    assert found["particulars"]["radio"] is True
    assert (found["ship"]["imo_number"], found["ship"]["alternatives"]) == ("9074729", ["闽海油16", "闽海油26"])
    assert found["manager"]["doc_ship_types"] == ["oil_tanker", "chemical_tanker"]
    assert problems_of(ApplicationForm, found, partial=True) == ()


def test_empty_cells_leave_the_draft_and_filled_rows_replace_the_rows(office, draft):
    fill(office, draft, application_workbook(example()))
    workbook = book()
    put(workbook, "particulars.deadweight", 5000)
    owner = [*example()["owners"][0].values()]
    for column, value in enumerate(owner, start=1):
        page(workbook, "owners").cell(FIRST_ROW, column).value = {0: "企业"}.get(column - 1, value)
    page(workbook, "owners").cell(FIRST_ROW, 4).value = "100.00"
    fill(office, draft, saved(workbook))
    found = values_of(Application.objects.get(pk=draft.pk))
    assert (found["particulars"]["deadweight"], found["particulars"]["builder"]) == ("5000", example()["particulars"]["builder"])
    assert [one["share"] for one in found["owners"]] == ["100.00"]


def test_every_wrong_cell_is_named_by_sheet_row_and_column_and_nothing_is_kept(office, draft):
    workbook = book()
    put(workbook, "particulars.builder", "福建东南造船")
    places = {
        "particulars.gross_tonnage": put(workbook, "particulars.gross_tonnage", "三千"),
        "particulars.ship_type": put(workbook, "particulars.ship_type", "潜水艇"),
        "particulars.completed": put(workbook, "particulars.completed", "去年"),
        "ship.imo_number": put(workbook, "ship.imo_number", "90747"),
    }
    owners = page(workbook, "owners")
    owners.cell(FIRST_ROW + 1, 4).value = "101"
    found = wrong(office, draft, saved(workbook))
    told = {one.field: (one.row, one.column, one.sentence.zh) for one in found}
    for field, place in places.items():
        title, _, address = place.partition("!")
        assert told[field][:2] == (int(address[1:]), "D")
        assert title in told[field][2]
    row, column, words = told["owners.0.share"]
    assert (row, column, owners.title in words) == (FIRST_ROW + 1, "D", True)
    assert len(found) == 5


def test_formulas_are_refused_cell_by_cell(office, draft):
    workbook = book()
    address = put(workbook, "ship.name_zh", '=HYPERLINK("http://example.org")')
    page(workbook, "owners").cell(FIRST_ROW, 2).value = "=1+1"
    found = wrong(office, draft, saved(workbook))
    assert [(one.row, one.column) for one in found] == [(int(address.rpartition("D")[2]), "D"), (FIRST_ROW, "B")]
    assert all("公式" in one.sentence.zh for one in found)


def test_a_whole_workbook_is_also_checked_across_its_fields(office, draft):
    found = wrong(office, draft, application_workbook(example(ship={"imo_number": "9319467"}, particulars={"net_tonnage": 2999})))
    assert {one.field for one in found} == {"ship.imo_number", "particulars.net_tonnage"}
    assert all(one.row and one.column == "D" for one in found)
    shares = wrong(office, draft, application_workbook(example(owners=[{**example()["owners"][0], "share": "99.99"}])))
    assert [(one.code, one.row, "99.99%" in one.sentence.zh) for one in shares] == [("shares", None, True)]


@pytest.mark.parametrize("change", ["sheet", "field", "twice", "column"])
def test_a_workbook_of_another_shape_is_refused(office, draft, change):
    workbook = book(example())
    ship = page(workbook, "ship")
    if change == "sheet":
        ship.title = "其他 other"
    elif change == "field":
        ship["A3"].value = "nickname"
    elif change == "twice":
        ship["A3"].value = "name_zh"
    else:
        page(workbook, "owners")["B1"].value = "nickname"
    assert wrong(office, draft, saved(workbook))[0].code.startswith("workbook.")


def test_files_that_are_no_workbook_are_refused(office, draft):
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (70 * 2**20))
    for data in (b"", b"name,value\n", b"PK\x03\x04broken", bomb.getvalue(), b"\xd0\xcf\x11\xe0" + b"0" * 100):
        with pytest.raises(Refused):
            fill(office, draft, data)
    assert wrong(office, draft, application_workbook({}))[0].code == "workbook.empty"


def test_only_the_owner_or_agent_fills_and_only_a_draft(office, draft):
    data = application_workbook(example())
    with pytest.raises(Missing):
        fill_application(office.act("citizen", MONDAY), number=draft.number, filled=read_application(data))
    case = office.submit("owner", example(), MONDAY)
    with pytest.raises(Conflict):
        fill_application(office.act("owner", MONDAY), number=case.number, filled=read_application(data))


# --- inspection certificate data ---------------------------------------------------------------------------------------


def test_inspection_data_fills_the_particulars_and_says_so(office, draft):
    take_inspection(office.act("owner", MONDAY), number=draft.number, data=INSPECTION)
    draft.refresh_from_db()
    particulars = values_of(draft)["particulars"]
    assert (particulars["length"], particulars["gross_tonnage"]) == ("89.60", 2998)
    note = prefilled_fields(draft.inspection, values_of(draft))
    assert note is not None
    assert (note.number, note.society, len(note.same), note.changed) == ("FZ24SST00018", "CCS", 5, ())
    changed = prefilled_fields(draft.inspection, {"particulars": {**particulars, "net_tonnage": "1700", "length": "89.6"}})
    assert changed is not None
    assert [str(one.zh) for one in changed.changed] == ["净吨"]  # 89.6 is 89.60


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"certificate_number": ""}, "certificate_number", "inspection.number"),
        ({"issued_on": "22.4.2024"}, "issued_on", "field.date"),
        ({"colour": "red"}, "colour", "inspection.field"),
        ({"port": "CNFOC"}, "port", "inspection.field"),
        ({"gross_tonnage": -5}, "gross_tonnage", None),
        ({"length": "89.605"}, "length", None),
        ({"identification_number": "CN20240000009"}, "identification_number", "inspection.other_ship"),
    ],
)
def test_wrong_inspection_data_is_refused_by_field_and_nothing_is_kept(office, change, field, code):
    number = office.draft("owner", {"ship": example()["ship"]}, MONDAY)
    with pytest.raises(Refused) as told:
        take_inspection(office.act("owner", MONDAY), number=number, data={**INSPECTION, **change})
    assert [one.field for one in told.value.problems] == [field]
    assert code in (None, told.value.code)
    kept = Application.objects.get(number=number)
    assert "particulars" not in values_of(kept)
    assert kept.inspection == ""


def test_inspection_data_that_states_nothing_is_refused(office, draft):
    with pytest.raises(Refused, match=r"inspection\.empty"):
        take_inspection(office.act("owner", MONDAY), number=draft.number, data={"certificate_number": "X1"})


@pytest.mark.parametrize("data", [b"", b"[1]", b"{", b"\xff\xfe{}", json.dumps({"a": "b" * 100_001}).encode(), b"[" * 100_000])
def test_a_file_that_is_no_json_object_is_refused(data):
    with pytest.raises(Refused):
        parse_inspection(data)
