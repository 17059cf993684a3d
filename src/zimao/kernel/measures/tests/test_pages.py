"""Pages, API and command line of measures and of the lab."""

import csv
import io
import json
import re
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from zimao.kernel.measures import pages
from zimao.kernel.measures.cli import app, measures_app
from zimao.kernel.measures.models import LabRun
from zimao.kernel.measures.operations import start_lab_run
from zimao.kernel.measures.running import lab_step
from zimao.kernel.measures.tests.builders import short
from zimao.kernel.measures.tests.conftest import NOW
from zimao.kernel.measures.tests.office import SERVICE, local

pytestmark = pytest.mark.django_db(transaction=True)
ENGLISH = {"HTTP_ACCEPT_LANGUAGE": "en"}


@pytest.fixture
def done(act):
    """A finished run with nothing changed."""

    def make(cases=60, **more):
        run = start_lab_run(act(), service=SERVICE, cases=cases, seed=1, **more)
        while lab_step(NOW, lambda: False):
            pass
        return LabRun.objects.get(pk=run.pk)

    return make


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


# --- effects -----------------------------------------------------------------------------------------------------------


def test_the_effects_of_each_service_stand_beside_their_claims(client, acting, case, done, monkeypatch):
    monkeypatch.setattr(pages.timezone, "now", lambda: NOW + timedelta(days=30))
    short(case("a", local(2024, 5, 13)))
    run = done()
    page = client.get("/effects", **ENGLISH)
    found = text_of(page)
    assert "Permit" in found
    assert "≤ 5" in found
    assert "Too few cases to judge" in found
    assert "1 cases, half 9" in found
    new = json.loads(run.result)["measures"][0]["new"]["answer"]["mean"]
    assert f"{new:.2f}".rstrip("0") in found
    assert f"/lab/runs/{run.pk}" in page.content.decode()


def test_without_cases_and_runs_it_says_so(client, acting, zone):
    found = text_of(client.get("/effects", **ENGLISH))
    assert "No cases yet" in found
    assert "Not simulated yet." in found
    assert "尚无办件" in text_of(client.get("/effects", HTTP_ACCEPT_LANGUAGE="zh-hans"))


@pytest.mark.parametrize("query", ["?zone=XX&days=7", "?zone=all&days=365", "?days=-1", "?zone=FZ&days=٣", "?zone=&days="])
def test_nonsense_in_the_address_is_the_usual_range(client, acting, zone, query):
    assert client.get(f"/effects{query}").status_code == 200


# --- the lab -----------------------------------------------------------------------------------------------------------


def test_anybody_may_read_the_lab_and_its_assumptions_but_gets_no_form(client, acting, zone, actor):
    page = client.get(f"/lab/{SERVICE}", **ENGLISH)
    assert "<form" not in page.content.decode()
    assert "Assumed, not measured yet" in text_of(page)
    acting(actor("permit.desk"))
    page = client.get(f"/lab/{SERVICE}", **ENGLISH)
    assert "<form" not in page.content.decode()
    assert "may start runs" in text_of(page)
    assert client.get("/lab/loans").status_code == 404


FORM = {"cases": "60", "seed": "4", "arrivals": "1", "officers.permit.desk": "2", "_key": "k1"}


def test_ordering_on_the_page(client, acting, actor):
    acting(actor("zone.admin"))
    shown = client.get(f"/lab/{SERVICE}", **ENGLISH).content.decode()
    for name in FORM:
        assert f'name="{name}"' in shown
    for label, name in re.findall(r'<label class="form-label" for="([^"]+)">\s*([^<]+)', shown):
        assert f'id="{label}"' in shown, name
    first, again = client.post(f"/lab/{SERVICE}", FORM), client.post(f"/lab/{SERVICE}", FORM)
    run = LabRun.objects.get()
    assert (run.seed, run.options) == (4, "{}")
    assert first.url == again.url == f"/lab/runs/{run.pk}"
    waiting = client.get(first.url, **ENGLISH).content.decode()
    assert f'hx-get="/lab/runs/{run.pk}/progress"' in waiting
    assert '<progress max="100" value="0"' in waiting
    while lab_step(NOW, lambda: False):
        pass
    finished = client.get(f"/lab/runs/{run.pk}/progress", **ENGLISH)
    assert "hx-get" not in finished.content.decode()
    assert "Against the claim" in text_of(finished)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"cases": "0"}, "Cases must be 1 to 10,000"),
        ({"cases": "many"}, "Give a number"),
        ({"seed": "1.5"}, "Give a number"),
        ({"arrivals": "nan"}, "Arrivals must be above 0"),
        ({"arrivals": ""}, "Give a number"),
        ({"officers.permit.desk": "0"}, "must have 1 to 50 officers"),
        ({"officers.permit.cook": "1"}, "There is no desk"),
        ({"arrivals": "9"}, "the queue grows without end"),
    ],
)
def test_what_is_wrong_is_said_on_the_form_and_kept_in_it(client, acting, actor, given, sentence):
    acting(actor("zone.admin"))
    page = client.post(f"/lab/{SERVICE}", {**FORM, **given}, **ENGLISH)
    assert page.status_code == 422
    assert sentence in text_of(page)
    assert not LabRun.objects.exists()
    kept = next(iter(given.values()))
    assert kept == "1" or f'value="{kept}"' in page.content.decode()


def test_who_may_not_order_is_told(client, acting, actor):
    acting(actor("permit.desk"))
    assert client.post(f"/lab/{SERVICE}", FORM).status_code == 403
    acting(None)
    assert client.post(f"/lab/{SERVICE}", FORM).status_code == 403
    assert not LabRun.objects.exists()


def test_too_many_runs_are_told_on_the_page(client, acting, actor):
    acting(actor("zone.admin"))
    for seed in range(5):
        client.post(f"/lab/{SERVICE}", {**FORM, "seed": str(seed), "_key": f"k{seed}"})
    page = client.post(f"/lab/{SERVICE}", {**FORM, "seed": "9", "_key": "k9"}, **ENGLISH)
    assert (page.status_code, "5 runs of this zone are waiting" in text_of(page)) == (409, True)


def test_a_finished_run_is_there_for_everybody(client, acting, done):
    run = done(arrivals=1.2)
    page = client.get(f"/lab/runs/{run.pk}", **ENGLISH)
    html, found = page.content.decode(), text_of(page)
    result = json.loads(run.result)
    assert run.inputs_sha256 in found
    assert result["diagrams"]["new"]["sha256"] in found
    assert "Assumed, not measured yet" in found
    # the chart has a table with the same numbers
    chart = json.loads(re.search(r'<script id="chart-total_days" type="application/json">(.*?)</script>', html)[1])
    assert sum(chart["old"]) == sum(chart["new"]) == 60
    section = html[html.index('id="m-total_days"') : html.index('id="m-trips"')]
    rows = re.findall(r'<tr><th scope="row">(\d+)</th><td>(\d+)</td><td>(\d+)</td></tr>', section)
    told = {label: (old, new) for label, old, new in zip(chart["labels"], chart["old"], chart["new"], strict=True) if old or new}
    assert {label: (int(old), int(new)) for label, old, new in rows} == told
    # no script or style that the page's policy would stop
    assert "style=" not in html
    assert "onclick" not in html


def test_the_result_as_files(client, acting, done):
    run = done()
    answer = client.get(f"/lab/runs/{run.pk}/result.json")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="lab-permit-{run.pk}.json"'
    assert json.loads(answer.content) == json.loads(run.result)
    rows = list(csv.DictReader(io.StringIO(client.get(f"/lab/runs/{run.pk}/result.csv").content.decode())))
    assert sum(int(row["old"]) for row in rows if row["measure"] == "total_days") == 60
    assert client.get(f"/lab/runs/{run.pk}/result.xml").status_code == 404


def test_a_run_that_is_going_on_is_not_there_for_strangers(client, acting, act):
    run = start_lab_run(act(), service=SERVICE, cases=10, seed=1)
    for rest in ("", "/progress", "/result.json"):
        assert client.get(f"/lab/runs/{run.pk}{rest}").status_code == 404


def test_a_failed_run_says_why(client, acting, actor, act):
    run = start_lab_run(act(), service=SERVICE, cases=10, seed=1)
    LabRun.objects.update(state="failed", error="worker_lost")
    acting(actor("zone.admin"))
    page = client.get(f"/lab/runs/{run.pk}", **ENGLISH)
    assert "Workers broke off several times" in text_of(page)
    assert "hx-get" not in page.content.decode()
    assert "Failed" in text_of(client.get(f"/lab/{SERVICE}", **ENGLISH))


# --- API ---------------------------------------------------------------------------------------------------------------


def test_the_api_lists_measures_and_answers_them(client, acting, actor, done, case):
    short(case("a", local(2024, 5, 13)))
    run = done()
    acting(actor("user"))
    listed = client.get("/api/measures").json()
    assert [(one["id"], one["baseline"], one["claim"]) for one in listed] == [("total_days", 10, 5), ("trips", 2, 1)]
    found = client.get("/api/measures/permit?since=2024-01-01T00:00:00&until=2025-01-01T00:00:00&zone=FZ").json()
    assert found["simulated"] == run.pk
    live = found["measures"][0]["live"]
    assert (live["n"], live["mean"], live["verdict"], live["words"]["en"]) == (1, 9, "too_few", "Too few cases to judge")
    assert client.get("/api/measures/permit?since=2025-01-01T00:00:00").json()["measures"][0]["live"]["n"] == 0
    assert client.get("/api/measures/loans").status_code == 404


def test_the_api_orders_and_reads_runs(client, acting, actor):
    acting(actor("zone.admin"))
    body = {"service": SERVICE, "cases": 20, "seed": 2}
    first = client.post("/api/lab/runs", body, content_type="application/json", headers={"Idempotency-Key": "a"})
    again = client.post("/api/lab/runs", body, content_type="application/json", headers={"Idempotency-Key": "a"})
    assert (first.status_code, first.json()["state"], first.json()["result"]) == (202, "queued", None)
    assert again.json()["id"] == first.json()["id"]
    while lab_step(NOW, lambda: False):
        pass
    found = client.get(f"/api/lab/runs/{first.json()['id']}").json()
    assert (found["state"], found["progress"], found["result"]["cases"]) == ("done", 100, 20)


_BAD_ORDERS = [
    ({"cases": 0}, 422),
    ({"cases": 10_001}, 422),
    ({"service": "loans"}, 404),
    ({"officers": {"permit.cook": 1}}, 422),
    ({"arrivals": 9}, 422),
]


@pytest.mark.parametrize(("change", "status"), _BAD_ORDERS)
def test_the_api_refuses(client, acting, actor, change, status):
    acting(actor("zone.admin"))
    answer = client.post("/api/lab/runs", {"service": SERVICE, "cases": 20, "seed": 2, **change}, content_type="application/json")
    assert answer.status_code == status
    assert not LabRun.objects.exists()


def test_the_api_refuses_who_may_not(client, acting, actor):
    acting(actor("permit.desk"))
    answer = client.post("/api/lab/runs", {"service": SERVICE}, content_type="application/json")
    assert answer.status_code == 403


# --- command line ------------------------------------------------------------------------------------------------------


def command(where, *arguments):
    return CliRunner().invoke(where, list(arguments))


def test_the_command_prints_the_same_twice():
    first, again = (command(app, "run", SERVICE, "--cases", "80", "--seed", "5", "--json") for _ in range(2))
    assert first.exit_code == 0, first.output
    assert first.stdout == again.stdout
    found = json.loads(first.stdout)
    assert {one["id"]: (one["old"]["answer"]["n"], one["new"]["answer"]["n"]) for one in found["measures"]} == {
        "total_days": (80, 80),
        "trips": (80, 80),
    }
    assert found["measures"][0]["old"]["answer"]["mean"] > found["measures"][0]["new"]["answer"]["mean"]
    assert command(app, "run", SERVICE, "--cases", "80", "--seed", "6", "--json").stdout != first.stdout


def test_the_command_for_people(monkeypatch):
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    found = command(app, "run", SERVICE, "--cases", "30", "--arrivals", "0.5", "--officers", "permit.desk=1")
    assert found.exit_code == 0
    assert "改革前" in found.stdout
    assert "100 %" in found.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "loans"],
        ["run", SERVICE, "--cases", "0"],
        ["run", SERVICE, "--officers", "permit.desk"],
        ["run", SERVICE, "--officers", "permit.cook=1"],
        ["run", SERVICE, "--on", "tomorrow"],
    ],
)
def test_the_command_refuses_in_words(arguments):
    found = command(app, *arguments, "--json")
    assert found.exit_code == 1
    assert json.loads(found.stdout)["errors"][0]["detail"]
    plain = command(app, *arguments)
    assert (plain.exit_code, plain.stdout, bool(plain.stderr)) == (1, "", True)


def test_the_command_shows_live_measures(case, zone, monkeypatch):
    monkeypatch.setattr("zimao.kernel.measures.cli.timezone.now", lambda: NOW + timedelta(days=30))
    short(case("a", local(2024, 5, 13)))
    found = json.loads(command(measures_app, "show", SERVICE, "--json").stdout)
    assert (found["service"], found["measures"][0]["live"]["n"]) == (SERVICE, 1)
    assert command(measures_app, "show", "loans").exit_code == 1
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    assert "Time: n=1  9  Too few cases to judge" in command(measures_app, "show", SERVICE, "--zone", "FZ").stdout
