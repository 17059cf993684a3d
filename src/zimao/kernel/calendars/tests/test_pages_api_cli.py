"""The pages, the API and the command line, as a reader and an administrator meet them."""

import json
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from typer.testing import CliRunner

from zimao.kernel.calendars.cli import app
from zimao.kernel.calendars.models import CalendarYear, ZoneClosure
from zimao.kernel.calendars.queries import statutory_years

UNKNOWN = max(statutory_years()) + 1
TYPHOON = {"day": "2026-03-03", "worked": "0", "reason_zh": "台风", "reason_en": "Typhoon", "source": "闽防指〔2026〕8号"}


def year_file(data=b"day,worked\n2026-01-01,false\n"):
    return SimpleUploadedFile("year.csv", data)


def test_everybody_reads_a_year(acting, db, client):
    acting(None)
    text = client.get("/calendar?year=2024").content.decode()
    assert text.count("<table") == 12
    assert "工作日 21 天，休息 10 天" in text  # May 2024: 23 weekdays, 1 to 3 May free, Saturday 11 May worked
    assert "国务院办公厅关于2024年" in text
    assert '<form method="post"' not in text


@pytest.mark.parametrize("year", ["", "x", "99999", "0000", "２０２４"])
def test_an_odd_year_shows_one_that_is_there(acting, db, client, year):
    acting(None)
    assert client.get("/calendar", {"year": year}).status_code == 200


def test_an_unknown_year_says_so(acting, db, client):
    acting(None)
    assert "尚未公布" in client.get(f"/calendar?year={UNKNOWN}").content.decode()


def test_a_due_date_is_explained_day_by_day(acting, db, client):
    acting(None)
    assert "届满" not in client.get("/calendar/due").content.decode()
    text = client.get("/calendar/due?start=2024-05-06&days=8").content.decode()
    assert "2024年5月15日" in text
    assert "调休上班" in text
    assert "9 个自然日，其中工作日 8 天，休息 1 天" in text
    assert "仅供参考" in client.get(f"/calendar/due?start={UNKNOWN}-03-01&days=8").content.decode()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"start": "soon", "days": "1"}, "start"),
        ({"start": "2026-01-01", "days": ""}, "days"),
        ({"start": "2026-01-01", "days": "2001"}, "days"),
        ({"start": "9999-01-01", "days": "1"}, "start"),
    ],
)
def test_a_wrong_period_is_told_beside_its_field(acting, db, client, given, field):
    acting(None)
    answer = client.get("/calendar/due", given)
    assert (answer.status_code, list(answer.context["field_problems"])) == (422, [field])


def test_the_administrator_sets_and_removes_a_closure(acting, admin, client):
    acting(admin, "zone.admin")
    assert client.post("/calendar/closures", TYPHOON | {"_key": "a"}).url == "/calendar?year=2026"
    text = client.get("/calendar?year=2026").content.decode()
    assert "台风" in text
    assert "停" in text
    acting(None)
    assert "台风" in client.get("/calendar?year=2026&zone=FZ").content.decode()
    assert "台风" not in client.get("/calendar?year=2026&zone=XM").content.decode()
    acting(admin, "zone.admin")
    assert client.post("/calendar/closures/remove", {"day": "2026-03-03"}).status_code == 302
    assert client.post("/calendar/closures/remove", {"day": "2026-03-03"}).status_code == 404
    assert not ZoneClosure.objects.exists()


def test_a_wrong_closure_keeps_what_was_typed(acting, admin, client):
    acting(admin, "zone.admin")
    answer = client.post("/calendar/closures", TYPHOON | {"reason_en": "", "day": ""})
    assert (answer.status_code, list(answer.context["field_problems"])) == (422, ["day"])
    answer = client.post("/calendar/closures", TYPHOON | {"reason_en": ""})
    assert list(answer.context["field_problems"]) == ["reason_en"]
    assert 'value="台风"' in answer.content.decode()


def test_the_administrator_releases_a_year(acting, admin, client):
    acting(admin, "zone.admin")
    assert client.post("/calendar/release", {"file": year_file(), "source": "国办发明电〔2025〕7号"}).url == "/calendar?year=2026"
    assert CalendarYear.objects.get().source == "国办发明电〔2025〕7号"
    answer = client.post("/calendar/release", {"file": year_file(b"2026-01-01,nonsense"), "source": "x"})
    assert (answer.status_code, list(answer.context["field_problems"])) == (422, ["file"])
    assert client.post("/calendar/release", {"source": "x"}).status_code == 422


@pytest.mark.parametrize("path", ["/calendar/release", "/calendar/closures", "/calendar/closures/remove"])
def test_nobody_else_changes_anything(acting, admin, client, path):
    given = TYPHOON | {"file": year_file()}
    acting(None)
    assert client.post(path, given).status_code == 403
    acting(admin, "table.editor")
    assert client.post(path, TYPHOON | {"file": year_file()}).status_code == 403
    assert not CalendarYear.objects.exists()
    assert not ZoneClosure.objects.exists()


def test_the_api(acting, admin, client):
    acting(None)
    found = client.get("/api/calendars/2024").json()
    assert (found["provisional"], found["months"][4]) == (False, {"month": 5, "worked": 21, "free": 10})
    assert next(one for one in found["exceptions"] if one["day"] == "2024-05-11")["why"] == "shifted"
    due = client.get("/api/calendars/due?start=2024-05-06&days=8").json()
    assert (due["due"], due["provisional"], due["counted"][-1]["number"]) == ("2024-05-15", False, 8)
    assert client.get("/api/calendars/due?start=2024-05-06&days=9999").status_code == 422
    assert client.get("/api/calendars/due?start=9999-05-06&days=1").json()["code"] == "calendar.range"
    assert client.get("/api/calendars/1900").status_code == 422
    acting(admin, "zone.admin")
    closed = client.post("/api/calendars/closures", TYPHOON | {"worked": False}, content_type="application/json")
    assert closed.json()["zone"] == "FZ"
    exceptions = client.get("/api/calendars/2026?zone=FZ").json()["exceptions"]
    assert [one["why"] for one in exceptions if one["day"] == "2026-03-03"] == ["closed"]
    assert client.delete("/api/calendars/closures/2026-03-03").status_code == 204
    assert client.delete("/api/calendars/closures/2026-03-03").status_code == 404
    made = client.post("/api/calendars/years", {"file": year_file(), "source": "国办发明电"})
    assert made.json()["year"] == 2026
    assert client.get("/api/calendars/2026").json()["sha256"] == made.json()["sha256"]


def run(*words):
    result = CliRunner().invoke(app, [*words, "--json"])
    return result.exit_code, json.loads(result.stdout)


def test_the_command_line(admin, tmp_path):
    code, shown = run("show", "2024")
    assert (code, shown["months"][4]["worked"]) == (0, 21)
    assert run("due", "2024-05-06", "8")[1]["due"] == "2024-05-15"
    assert run("due", "2024-05-06", "9999")[1]["code"] == "calendar.days"
    assert run("load")[1] == {"years": len(statutory_years())}
    file = tmp_path / "year.csv"
    file.write_text("2026-01-01,休\n")
    assert run("release", str(file), "--source", "国办发明电")[1]["year"] == 2026
    file.write_text("2026-01-01,maybe\n")
    assert run("release", str(file), "--source", "x")[0] == 1
    reason = ["--reason-zh", "台风", "--reason-en", "Typhoon", "--source", "x"]
    assert run("close", "2026-03-03", "--zone", "FZ", *reason) == (0, {"zone": "FZ", "day": "2026-03-03", "worked": False})
    assert run("open", "2026-03-07", "--zone", "FZ", *reason)[1]["worked"] is True
    assert run("close", "2026-03-03", "--zone", "??", *reason)[1]["code"] == "zone.unknown"
    assert run("close", "2026-03-03", "--zone", "", *reason)[1]["code"] == "calendar.zone"
    assert run("due", "2026-03-02", "5", "--zone", "FZ")[1]["due"] == "2026-03-09"
    assert run("reset", "2026-03-03", "--zone", "FZ")[0] == 0
    assert list(ZoneClosure.objects.values_list("day", flat=True)) == [date(2026, 3, 7)]


def test_the_command_line_in_plain_words(db):
    text = CliRunner().invoke(app, ["due", "2024-05-06", "8"]).stdout
    assert text.splitlines()[-1] == "2024-05-15"


def test_what_a_database_cannot_store_is_refused_or_ignored(acting, admin, client):
    acting(admin, "zone.admin")
    assert client.get("/calendar?zone=%00").status_code == 200
    assert client.get("/calendar/due?zone=%00&start=2026-01-05&days=1").status_code == 200
    assert client.get("/api/calendars/2026?zone=%00").status_code == 422
    assert client.post("/calendar/closures", TYPHOON | {"source": "a\x00b"}).status_code == 422
    assert client.post("/calendar/release", {"file": year_file(), "source": "a\x00b"}).status_code == 422
    far = year_file(b"day,worked\n9998-01-01,false\n")
    assert client.post("/calendar/release", {"file": far, "source": "x"}).status_code == 422
