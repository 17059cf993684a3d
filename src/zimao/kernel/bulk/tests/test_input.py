"""Files that are broken or hostile: each refused with its row, its column and a reason in both languages, and nothing kept."""

from __future__ import annotations

import gzip
import io
import os
import struct
import zipfile
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zimao.kernel.bulk import BatchFunction, Column, Limits, Options, longest, one_of, run_file
from zimao.kernel.bulk.footer import read_footer
from zimao.kernel.bulk.source import look
from zimao.kernel.bulk.tests.sample import CONTEXT, DUTY, KEYED
from zimao.kernel.errors import Refused, Unavailable
from zimao.kernel.text import t

HEAD = "line,code,value,day\n"
GOOD = HEAD + "1,0101,5,2026-01-01\n"


def same(frame, _context):
    return frame


TYPES = BatchFunction(
    "test.types",
    (
        Column("word", pl.String, checks=(longest(3), one_of("abc", "de")), required=False),
        Column("small", pl.Int8, required=False),
        Column("amount", pl.Decimal(18, 2), required=False),
        Column("share", pl.Float64, required=False),
        Column("yes", pl.Boolean, required=False),
        Column("at", pl.Datetime("us"), required=False),
    ),
    same,
)


def zipped(path="a.csv", size=10):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(path, b"0" * size)
    return held.getvalue()


def parquet(frame, **options):
    held = io.BytesIO()
    frame.write_parquet(held, **options)
    return held.getvalue()


LINES = pl.DataFrame({"line": [1, 2], "code": ["0101", "0101"], "value": [1, 2], "day": [None, "2026-01-01"]})
WHOLE = [
    ("empty", b"", "file_empty", None, ""),
    ("only blanks", b"\n \n", "file_empty", None, ""),
    ("only a mark of UTF-8", b"\xef\xbb\xbf", "file_empty", None, ""),
    ("zip bomb", zipped(size=50_000_000), "file_kind", None, ""),
    ("workbook", zipped("xl/workbook.xml"), "file_kind", None, ""),
    ("old workbook", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "file_kind", None, ""),
    ("gzip", gzip.compress(GOOD.encode()), "file_kind", None, ""),
    ("UTF-16", GOOD.encode("utf-16"), "file_kind", None, ""),
    ("UTF-16 without a mark", GOOD.encode("utf-16-le"), "nul", 1, ""),
    ("NUL byte", GOOD.encode() + b"2,0101,5,\n3,01\x0001,5,\n", "nul", 4, ""),
    ("picture", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)), "nul", 3, ""),
    ("damaged UTF-8", (GOOD + "2,税号税号税号税号税,5,\n").encode() + b"3,\xe7\xa8,5,\n", "encoding", 4, ""),
    ("neither encoding", GOOD.encode() + b"2,\xff\xff,5,\n", "encoding", 3, ""),
    ("cut off in a character", (GOOD + "2,税号税号税号税号税,5,\n").encode() + b"3,\xe7\xa8", "encoding", 4, ""),
    ("open quotation mark in the heading", b'line,"code,value,day\n1,0101,5,\n', "header", 1, ""),
    ("open quotation mark", (GOOD + '2,"0101,5,\n3,0101,5,\n').encode(), "open_quote", 3, ""),
    ("endless record", GOOD.encode() + b'2,"' + b"x" * 4_000_000, "record", 3, ""),
    ("endless heading", b"x" * 4_000_000, "record", 1, ""),
    ("old line ends", GOOD.replace("\n", "\r").encode(), "line_ends", 1, ""),
    ("missing column", b"line,code,day\n", "missing_column", 1, "value"),
    ("unknown column", (HEAD[:-1] + ",extra\n").encode(), "unknown_column", 1, "extra"),
    ("unnamed column", (HEAD[:-1] + ",\n").encode(), "unknown_column", 1, ""),
    ("column twice", (HEAD[:-1] + ",Code\n").encode(), "column_twice", 1, "code"),
    ("column twice by its label", (HEAD[:-1] + ",税号\n").encode(), "column_twice", 1, "code"),
    ("too many columns", ",".join(f"c{n}" for n in range(1_500)).encode(), "too_many_columns", None, ""),
    ("semicolons", GOOD.replace(",", ";").encode(), "unknown_column", 1, "line;code;value;day"),
    ("no Parquet behind its mark", b"PAR1" + b"x" * 400, "parquet", None, ""),
    ("Parquet cut off", parquet(LINES)[:-20], "parquet", None, ""),
    ("Parquet with a huge footer", parquet(LINES)[:-8] + struct.pack("<I", 2**31) + b"PAR1", "parquet", None, ""),
    ("Parquet without a column", parquet(LINES.drop("value")), "missing_column", None, "value"),
    ("Parquet with codes as numbers", parquet(LINES.with_columns(code=303)), "column_type", None, "code"),
    ("Parquet with fractions", parquet(LINES.with_columns(value=1.5)), "column_type", None, "value"),
    ("Parquet with lists", parquet(LINES.with_columns(value=pl.lit([1]))), "column_type", None, "value"),
]
ROWS = [
    ("too few cells", b"2,0101,5\n", "too_few_cells", ""),
    ("too many cells", b"2,0101,5,,\n", "too_many_cells", ""),
    ("both, so that their number is right", b"2,0101,5\n3,0101,5,,\n", "too_few_cells", ""),
    ("text behind a quotation mark", b'2,"0101"x,5,\n', "csv", ""),
    ("return in a row", b"2,01\r01,5,\n", "csv", ""),
    ("quoted line break with a missing cell", b'2,"01\n01",5\n', "too_few_cells", ""),
    ("empty cell", b"2,,5,\n", "required", "code"),
    ("blank cell", b"2,  ,5,\n", "required", "code"),
    ("not a number", b"2,0101,five,\n", "type", "value"),
    ("separators of thousands", b'2,0101,"1,000",\n', "type", "value"),
    ("fraction", b"2,0101,5.5,\n", "type", "value"),
    ("beyond 64 bits", b"9223372036854775808,0101,5,\n", "type", "line"),
    ("below the bound", b"2,0101,-1,\n", "at_least", "value"),
    ("above the bound", b"2,0101,1000000000001,\n", "at_most", "value"),
    ("no such day", b"2,0101,5,2026-02-30\n", "type", "day"),
    ("year of two digits", b"2,0101,5,26-02-03\n", "type", "day"),
    ("wrong code", b"2,0101x,5,\n", "pattern", "code"),
    ("digits of another script", "2,٠١٠١,5,\n".encode(), "pattern", "code"),
    ("control character", b"2,01\x0801,5,\n", "control", "code"),
    ("the same key", b"1,0101,6,\n", "duplicate", "line+code"),
]


def refused(tmp_path, data, function=DUTY, **options):
    source = tmp_path / "in.csv"
    source.write_bytes(data)
    with pytest.raises(Refused) as caught:
        run_file(function, source, tmp_path / "out.csv", context=CONTEXT, **{"processes": 1} | options)
    assert {path.name for path in tmp_path.iterdir()} <= {"in.csv", "out.rejects.csv"}
    assert all(problem.sentence.zh and problem.sentence.en for problem in caught.value.problems)
    return caught.value


@pytest.mark.parametrize(("data", "code", "row", "column"), [case[1:] for case in WHOLE], ids=[case[0] for case in WHOLE])
def test_a_file_that_cannot_be_run(tmp_path, data, code, row, column):
    found = refused(tmp_path, data).problems[0]
    assert (found.code, found.row, found.column) == (f"bulk.{code}", row, column)


@pytest.mark.parametrize("quoted", [False, True], ids=["alone", "after quoted line breaks"])
@pytest.mark.parametrize(("line", "code", "column"), [case[1:] for case in ROWS], ids=[case[0] for case in ROWS])
def test_a_row_that_is_bad(tmp_path, line, code, column, quoted):
    before = GOOD.encode() + (b'7,"0101",1,""\n8,0101,"2\n",\n\n' if quoted else b"")
    found = refused(tmp_path, before + line + b"9,0101,5,\n", KEYED).problems[1]
    assert (found.code, found.row, found.column) == (f"bulk.{code}", 6 if quoted else 3, column)


@pytest.mark.parametrize(
    ("column", "bad", "good"),
    [
        ("word", ["abcd", "x"], ["abc", " de "]),
        ("small", ["128", "1e1", "0x1", "1 0"], ["127", "-128", "+5", "007"]),
        ("amount", ["1.239", "1e2", ".5", "1,5", "12345678901234567.00"], ["1.20", "1.2", "-7", "1.2300"]),
        ("share", ["nan", "inf", "-Infinity", "1e400", "1,5", "abc"], ["0.5", "1e-3", "-2"]),
        ("yes", ["maybe", "2"], ["TRUE", "no", "是", "0"]),
        ("at", ["2026-01-31", "2026-01-31T25:00:00", "31.01.2026 08:00:00"], ["2026-01-31T08:30:00", "2026-01-31 08:30:00.5Z"]),
    ],
)
def test_cells_of_each_type(tmp_path, column, bad, good):
    names = [one.name for one in TYPES.inputs]
    frame = pl.DataFrame({name: [*bad, *good] if name == column else [""] * len([*bad, *good]) for name in names})
    for source in (tmp_path / "in.csv", tmp_path / "in.parquet"):
        (frame.write_csv if source.suffix == ".csv" else frame.write_parquet)(source)
        outcome = run_file(TYPES, source, tmp_path / "out.parquet", on_error="reject", processes=1)
        listed = pl.read_csv(outcome.rejects_path)
        first = 2 if source.suffix == ".csv" else 1
        assert set(listed["row"]) == set(range(first, first + len(bad)))
        assert set(listed["column"]) == {column}
        assert pl.read_parquet(outcome.target)[column].null_count() == 0
    kept = pl.read_parquet(outcome.target)
    if column == "amount":
        assert kept[column].to_list() == [Decimal("1.20"), Decimal("1.20"), Decimal("-7.00"), Decimal("1.23")]
    if column == "at":
        moment = datetime.fromisoformat("2026-01-31T08:30:00")
        assert kept[column].to_list() == [moment, moment + timedelta(milliseconds=500)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings_and_labels(tmp_path, encoding):
    function = BatchFunction("test.words", (Column("word", pl.String, label=t("词", "Word")),), same)
    (tmp_path / "in.csv").write_bytes("词\n自贸\n福建，厦门\n𠮷\n".encode(encoding))
    outcome = run_file(function, tmp_path / "in.csv", tmp_path / "out.csv", chunk_rows=2, processes=1)
    assert outcome.target.read_text(encoding="utf-8") == "word\n自贸\n福建，厦门\n𠮷\n"


def test_an_encoding_that_was_named_is_not_guessed(tmp_path):
    assert refused(tmp_path, GOOD.encode() + "2,福建,5,\n".encode("gb18030"), encoding="utf-8").problems[0].row == 3


def test_columns_that_are_not_known_can_be_passed_over(tmp_path):
    (tmp_path / "in.csv").write_text("more,line,code,value,day\nx,1,0101,5,\n")
    assert run_file(DUTY, tmp_path / "in.csv", tmp_path / "out.csv", context=CONTEXT, ignore_unknown=True).rows_out == 1


def test_a_heading_alone_gives_a_heading(tmp_path):
    (tmp_path / "in.csv").write_text(HEAD)
    outcome = run_file(DUTY, tmp_path / "in.csv", tmp_path / "out.csv", context=CONTEXT)
    assert (outcome.rows_in, outcome.target.read_text()) == (0, "line,code,day,duty\n")
    assert pl.read_parquet(run_file(DUTY, tmp_path / "in.csv", tmp_path / "o.parquet", context=CONTEXT).target).height == 0


def test_two_gigabytes_are_refused_before_they_are_read(tmp_path):
    source = tmp_path / "in.csv"
    with source.open("wb") as file:
        file.truncate(2 * 2**30)
    with pytest.raises(Refused) as caught:
        run_file(DUTY, source, tmp_path / "out.csv", context=CONTEXT, limits=Limits(bytes=2 * 2**30 - 1))
    assert caught.value.code == "bulk.file_size"


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_rows_are_bounded(tmp_path, ending):
    data = GOOD.encode() + b"2,0101,5,\n" if ending == "csv" else parquet(LINES)
    assert refused(tmp_path, data, limits=Limits(rows=1)).code == "bulk.too_many_rows"


def test_a_parquet_file_that_swells_is_refused_unread(tmp_path):
    rows = 300_000_000
    source = tmp_path / "in.parquet"
    frame = pl.LazyFrame({"line": [1]}).select(pl.col("line").repeat_by(1_000_000).explode())
    pl.concat([frame] * (rows // 1_000_000)).sink_parquet(source, row_group_size=10_000_000)
    footer = read_footer(source)
    assert footer.rows == rows
    assert source.stat().st_size < rows // 1_000
    with pytest.raises(Refused) as caught:
        run_file(BatchFunction("test.line", (Column("line", pl.Int64),), same), source, tmp_path / "out.csv")
    assert caught.value.code == "bulk.unpacked"


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(parquet(LINES)) - 1), st.integers(0, 255))
def test_a_parquet_file_with_one_wrong_byte_is_looked_at_or_refused(tmp_path_factory, place, byte):
    folder = tmp_path_factory.mktemp("byte")
    data = bytearray(parquet(LINES))
    data[place] = byte
    (folder / "in").write_bytes(data)
    try:
        source = look(DUTY, folder / "in", folder, Options())
    except Refused:
        return
    assert source.kind == ("parquet" if data.startswith(b"PAR1") else "csv")
    assert source.kind == "csv" or source.rows == 2


def ends_its_process(frame, _context):
    if frame.height:
        os.abort()
    return frame


def test_what_ends_a_process_that_reads_parquet_does_not_end_ours(tmp_path):
    source = tmp_path / "in.parquet"
    source.write_bytes(parquet(LINES))
    function = replace(DUTY, run=ends_its_process)
    for options in ({"processes": 1}, {"processes": 2}):
        with pytest.raises(Unavailable) as caught:
            run_file(function, source, tmp_path / "out.csv", context=CONTEXT, **options)
        assert caught.value.code == "bulk.worker_ended"
    assert not (tmp_path / "out.csv").exists()
