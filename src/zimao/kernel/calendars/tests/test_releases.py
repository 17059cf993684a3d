"""The file of a calendar year."""

from datetime import date

import pytest

from zimao.kernel.calendars.releases import MAX_BYTES, YearFile, read_year
from zimao.kernel.errors import Refused

EXPECTED = YearFile(2027, worked=(date(2027, 2, 14),), free=(date(2027, 1, 1), date(2027, 2, 8)))


@pytest.mark.parametrize(
    "text",
    [
        "day,worked\n2027-01-01,false\n2027-02-08,0\n2027-02-14,true\n",
        "2027-01-01,休\n\n2027-02-08,free\n2027-02-14,班\n",
        '{"2027-02-14": true, "2027-01-01": false, "2027-02-08": false}',
        "\ufeffday,worked\r\n2027-02-14,worked\r\n2027-02-08,休\r\n2027-01-01,休",
    ],
)
def test_both_forms_and_all_words_give_the_same_year(text):
    assert read_year(text.encode()) == EXPECTED


@pytest.mark.parametrize(
    ("data", "code", "row"),
    [
        (b"2027-01-01,false\n2027-13-01,false\n", "calendar.row", 2),
        (b"2027-01-01,perhaps\n", "calendar.row", 1),
        (b"2027-01-01\n", "calendar.row", 1),
        (b"2027-01-01,true\n2027-01-01,false\n", "calendar.twice", 2),
        (b"2027-01-01,false\n2028-01-03,false\n", "calendar.one_year", None),
        (b"", "calendar.one_year", None),
        (b"{broken", "calendar.file", None),
        (b'{"a":' * 20_000, "calendar.file", None),
        (b"\xff\xfe", "calendar.file", None),
        (b"x" * (MAX_BYTES + 1), "calendar.file", None),
        (b'"' + b"x" * 200_000, "calendar.file", None),
    ],
)
def test_a_wrong_file_is_refused_with_its_row(data, code, row):
    with pytest.raises(Refused) as told:
        read_year(data)
    assert (told.value.code, told.value.problems[0].row) == (code, row)
