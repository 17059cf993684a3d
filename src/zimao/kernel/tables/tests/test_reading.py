"""Files that editors upload: what is read, and every wrong cell by row and column."""

import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from zimao.kernel.errors import Refused
from zimao.kernel.tables import exporting, reading
from zimao.kernel.tables.cells import BadCellError, canonical, parse
from zimao.kernel.tables.contents import Contents, kept
from zimao.kernel.tables.exporting import csv_bytes, workbook_bytes
from zimao.kernel.tables.reading import read_file
from zimao.kernel.tables.spec import Column, TableSpec
from zimao.kernel.tables.tests.samples import FEES, HEADER, SEED_ROWS, fee_table
from zimao.kernel.text import t

MORNING = datetime(2026, 1, 5, 8, tzinfo=UTC).replace(tzinfo=None)  # Excel knows no time zones


@pytest.fixture
def spec(tmp_path):
    return fee_table(tmp_path)


def refused(spec, data):
    with pytest.raises(Refused) as told:
        read_file(spec, data)
    return told.value


def places(error):
    return [(problem.row, problem.column, problem.code.removeprefix("tables.")) for problem in error.problems]


def workbook(*rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_what_is_downloaded_can_be_uploaded_again(spec):
    first = read_file(spec, SEED_ROWS.encode())
    assert first.text == SEED_ROWS
    assert read_file(spec, csv_bytes(first)).sha256 == first.sha256
    assert read_file(spec, workbook_bytes(first)).sha256 == first.sha256


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_the_encodings_of_chinese_spreadsheets(spec, encoding):
    data = f"{HEADER}\nownership,100,,,是,,福州\n".encode(encoding)
    assert read_file(spec, data).rows[0] == ("ownership", 100, None, None, True, "", "福州")


def test_columns_by_label_in_any_order_and_spellings_of_excel(spec):
    rows = read_file(spec, "代码,项目,Amount in fen,费率,起始,已核实,缴费人\nA9,ownership,100,0.1300,2026/1/5,1,agent\n\n".encode()).rows
    assert rows == (("ownership", 100, Decimal("0.13"), date(2026, 1, 5), True, "agent", "A9"),)


def test_a_workbook_is_read_by_its_values(spec):
    data = workbook(HEADER.split(","), ["ownership", 100.0, 0.13, MORNING.replace(hour=0), True, None, 12])
    assert read_file(spec, data).rows == (("ownership", 100, Decimal("0.13"), date(2026, 1, 5), True, "", "12"),)


def test_every_wrong_cell_is_named_and_nothing_is_kept(spec):
    data = f"""{HEADER}
ownership,-1,0.12345,2026-02-30,maybe,nobody,A1

Ownership,1e3,2,1999-12-31,,owner,=1+1
,12,,,true,,
"""
    assert places(refused(spec, data.encode())) == [
        (2, "amount", "at_least"),
        (2, "rate", "scale"),
        (2, "since", "date"),
        (2, "verified", "bool"),
        (2, "payer", "choice"),
        (4, "item", "pattern"),
        (4, "amount", "integer"),
        (4, "rate", "at_most"),
        (4, "since", "at_least"),
        (4, "verified", "required"),
        (4, "code", "formula"),
        (5, "item", "required"),
    ]


def test_keys_that_are_there_twice(spec):
    data = f"{HEADER}\nownership,1,,,true,,\nnationality,1,,,true,,\nownership,2,,,true,,\n"
    error = refused(spec, data.encode())
    assert places(error) == [(4, "item", "duplicate_key")]
    assert "row 2" in error.sentence.en


def test_a_unique_column(tmp_path):
    columns = (Column("a", "text", t("甲", "A"), key=True), Column("b", "integer", t("乙", "B"), unique=True))
    spec = fee_table(tmp_path, columns=columns)
    assert places(refused(spec, b"a,b\nx,1\ny,2\nz,1\n")) == [(4, "b", "not_unique")]


def test_the_header_is_checked_before_the_rows(spec):
    assert places(refused(spec, b"item,amount,rate,since,verified,colour,item\n1,2,3,4,5,6,7\n")) == [
        (1, "colour", "unknown_column"),
        (1, "item", "column_twice"),
        (1, "payer", "missing_column"),
        (1, "code", "missing_column"),
    ]


def test_more_cells_than_columns(spec):
    assert places(refused(spec, f"{HEADER}\nownership,1,,,true,,A,B\n".encode())) == [(2, "", "overhang")]


def test_the_list_of_problems_is_capped_and_the_rest_counted(spec):
    data = HEADER + "\n" + "".join(f"x{'y' * n},bad,,,true,,\n" for n in range(250))
    error = refused(spec, data.encode())
    assert len(error.problems) == 201
    assert "50" in error.problems[-1].sentence.en


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file_empty"),
        (b" \n ", "file_empty"),
        (HEADER.encode() + b"\n", "empty"),
        (b"\xff\xfe\x00\x01", "encoding"),
        (b"item\xff\xff\xff", "encoding"),
        (HEADER.encode() + b'\n"ownership,1', "csv"),
        (b"\xd0\xcf\x11\xe0 old excel", "file_kind"),
        (b"PK\x03\x04 not a zip", "workbook"),
        (b"x" * (reading.MAX_BYTES + 1), "file_size"),
    ],
)
def test_a_wrong_file_gets_one_clear_sentence(spec, data, code):
    assert refused(spec, data).code == f"tables.{code}"


def test_a_formula_and_a_time_of_day_in_a_workbook(spec):
    data = workbook(HEADER.split(","), ["ownership", "=1+1", None, MORNING, True])
    error = refused(spec, data)
    assert [(problem.row, problem.column) for problem in error.problems] == [(2, "amount"), (2, "since")]
    assert "formula" in error.sentence.en


def zipped(**members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "/") + ".xml", data)
    return out.getvalue()


def test_what_unpacks_to_too_much_is_refused_unread(spec):
    bomb = zipped(xl__workbook=b"0" * (reading.MAX_UNPACKED + 1))
    assert len(bomb) < 100_000
    assert refused(spec, bomb).code == "tables.bomb"


def test_a_zip_that_is_no_workbook_and_one_with_macros(spec):
    assert refused(spec, zipped(hello=b"x")).code == "tables.workbook"
    assert refused(spec, zipped(xl__vbaProject=b"x")).code == "tables.macros"


def test_one_cell_far_away_does_not_fill_the_memory(spec):
    book = Workbook()
    book.active.append(HEADER.split(","))
    book.active.append(["ownership", 1, None, None, True])
    book.active.cell(row=300_000, column=7, value="end")
    out = io.BytesIO()
    book.save(out)
    assert (300_000, "item", "required") in places(refused(spec, out.getvalue()))


def test_a_large_table_is_downloaded_as_csv_only(spec, monkeypatch):
    monkeypatch.setattr(exporting, "MAX_EXCEL_ROWS", 1)
    with pytest.raises(Refused, match="too_many_for_excel"):
        workbook_bytes(read_file(spec, SEED_ROWS.encode()))


def test_too_many_rows(spec, monkeypatch):
    monkeypatch.setattr(reading, "MAX_ROWS", 2)
    rows = [["ownership", 1, None, None, True]] * 3
    assert refused(spec, workbook(HEADER.split(","), *rows)).code == "tables.too_many"
    data = HEADER + "\n" + "ownership,1,,,true,,\n" * 3
    assert refused(spec, data.encode()).code == "tables.too_many"


def test_a_kept_release_fits_a_table_that_got_an_optional_column_since(tmp_path):
    old = fee_table(tmp_path, columns=FEES[:5])
    new = fee_table(tmp_path)
    text = read_file(old, b"item,amount,rate,since,verified\nownership,1,,,true\n").text
    assert kept(new, text).rows == (("ownership", 1, None, None, True, "", ""),)
    with pytest.raises(Refused):
        kept(fee_table(tmp_path, columns=(*FEES[:5], Column("must", "integer", t("必", "Must")))), text)


def _value(kind):
    numbers = {"integer": st.integers(-(2**63), 2**63 - 1), "decimal": st.decimals(-(10**15), 10**15, places=4)}
    plain = {"date": st.dates(), "bool": st.booleans(), "text": st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)}
    return (numbers | plain)[kind]


COLUMNS = tuple(Column(kind, kind, t("列", "Column"), required=False, scale=4) for kind in ("text", "integer", "decimal", "date", "bool"))


def _readable(value):
    try:
        return parse(COLUMNS[0], value) == value
    except BadCellError:
        return False


ROWS = st.tuples(
    st.just("") | _value("text").filter(_readable),
    st.none() | _value("integer"),
    st.none() | _value("decimal"),
    st.none() | _value("date"),
    st.none() | _value("bool"),
).filter(lambda row: any(canonical(value) for value in row))


@settings(deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=6, unique_by=lambda row: tuple(canonical(value) for value in row)))
def test_the_canonical_text_gives_the_same_rows_and_the_same_text(rows):
    spec = TableSpec("round_trip", t("往返", "Round trip"), COLUMNS, "x", None, date(2020, 1, 1))
    text = Contents(spec, tuple(rows)).text
    again = kept(spec, text)
    assert again.rows == tuple(rows)
    assert again.text == text
    assert read_file(spec, text.encode()).rows == tuple(rows)
