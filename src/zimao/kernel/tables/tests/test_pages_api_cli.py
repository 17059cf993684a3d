"""The pages, the API and the command line, as a reader, an editor and an approver meet them."""

import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from typer.testing import CliRunner

from zimao.kernel.tables.cli import app
from zimao.kernel.tables.models import Release
from zimao.kernel.tables.tests.samples import HEADER

GOOD = f"{HEADER}\nownership,300,,,true,owner,A1\nmanning,5,,,true,,\n".encode()
BAD = f"{HEADER}\nownership,300,,,maybe,,\n".encode()


def form(data=GOOD, **changes):
    given = {"effective_from": "2026-01-01", "source": "闽价费〔2026〕3号", "_key": "k"}
    return given | {"file": SimpleUploadedFile("fees.csv", data)} | changes


def test_everybody_reads_the_list_and_a_table(acting, fees, db, client):
    acting(None)
    assert "测试收费" in client.get("/tables").content.decode()
    text = client.get("/tables/test_fees?on=2026-05-01").content.decode()
    assert "nationality" in text
    assert "财税〔2020〕1号" in text
    assert "起草新版本" not in text


def test_an_installation_without_tables(acting, fees, db, client, monkeypatch):
    monkeypatch.setattr("zimao.kernel.tables.spec._TABLES", {})
    acting(None)
    assert "尚未启用" in client.get("/tables").content.decode()
    assert client.get("/tables/test_fees").status_code == 404


def test_finding_rows_and_days(acting, fees, db, client):
    acting(None)
    text = client.get("/tables/test_fees?q=NATION").content.decode()
    assert "“NATION”：1 行" in text
    assert "没有匹配的行" in client.get("/tables/test_fees?q=zzz").content.decode()
    assert "尚未生效" in client.get("/tables/test_fees?on=2000-01-01").content.decode()
    assert "已改用今天" in client.get("/tables/test_fees?on=yesterday").content.decode()


def test_downloads_can_be_read_again(acting, fees, db, client):
    acting(None)
    answer = client.get("/tables/test_fees/file.csv?on=2026-05-01")
    assert answer.content.decode("utf-8-sig") == fees.seed.read_text()
    assert answer["Content-Disposition"] == 'attachment; filename="test_fees-seed.csv"'
    assert client.get("/tables/test_fees/file.xlsx").content.startswith(b"PK")


def test_the_way_of_a_release_from_the_form_to_the_public_page(acting, fees, editor, approver, client):
    acting(editor, "editor", "approver")
    assert client.get("/tables/test_fees/draft").status_code == 200
    answer = client.post("/tables/test_fees/draft", form())
    row = Release.objects.get()
    assert answer.url == f"/tables/releases/{row.pk}"
    own = client.get(answer.url).content.decode()
    assert "新增 1 行，修改 1 行，删除 1 行，不变 0 行" in own
    assert "须由另一人审核" in own
    assert "/approve" not in own
    assert client.post(f"/tables/releases/{row.pk}/approve").status_code == 403

    acting(None)
    assert client.get(answer.url).status_code == 404

    acting(approver, "approver")
    assert "测试收费 #" in client.get("/tables").content.decode()
    page = client.get(answer.url)
    done = client.post(f"/tables/releases/{row.pk}/approve", {"base": page.context["base_hash"], "_key": "a"})
    assert done.status_code == 302

    acting(None)
    public = client.get(answer.url).content.decode()
    assert row.sha256 in public
    assert "approver" not in public
    assert "FZ-1" in client.get("/tables/test_fees?on=2026-05-01&zone=FZ").content.decode()
    assert client.get(f"/tables/releases/{row.pk}/file.csv").content.decode("utf-8-sig").startswith(HEADER)


def test_a_wrong_file_is_shown_cell_by_cell(acting, fees, editor, client):
    acting(editor, "editor")
    answer = client.post("/tables/test_fees/draft", form(BAD))
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "<td>2</td><td>verified</td>" in text
    assert "闽价费〔2026〕3号" in text  # what was typed is still there
    assert not Release.objects.exists()


def test_a_form_with_nothing_in_it(acting, fees, editor, client):
    acting(editor, "editor")
    answer = client.post("/tables/test_fees/draft", {"effective_from": "soon"})
    assert answer.status_code == 422
    assert set(answer.context["field_problems"]) == {"file", "effective_from"}


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_checking_keeps_nothing(acting, fees, editor, client, headers):
    acting(editor, "editor")
    text = client.post("/tables/test_fees/draft/check", form(), headers=headers).content.decode()
    assert "尚未保存" in text
    assert ("<html" in text) is not bool(headers)
    assert "verified" in client.post("/tables/test_fees/draft/check", form(BAD), headers=headers).content.decode()
    assert not Release.objects.exists()


def test_rejecting_and_withdrawing_on_the_page(acting, draft, editor, approver, client):
    first, second = draft(300), draft(400)
    acting(approver, "approver")
    assert client.post(f"/tables/releases/{first.pk}/reject", {"reason": " "}).status_code == 422
    assert client.post(f"/tables/releases/{first.pk}/reject", {"reason": "金额有误"}).status_code == 302
    assert "金额有误" in client.get(f"/tables/releases/{first.pk}").content.decode()
    acting(editor, "editor")
    assert client.post(f"/tables/releases/{second.pk}/withdraw").url == "/tables/test_fees"


def test_the_draft_page_is_for_editors(acting, fees, approver, client):
    acting(approver, "approver")
    assert client.get("/tables/test_fees/draft").status_code == 403
    assert client.post("/tables/test_fees/draft", form()).status_code == 403
    acting(None)
    assert client.get("/tables/test_fees/draft").status_code == 403


def test_a_cell_is_never_markup(acting, fees, editor, client):
    acting(editor, "editor")
    client.post("/tables/test_fees/draft", form(f"{HEADER}\nownership,300,,,true,,<script>x</script>\n".encode()))
    text = client.get(f"/tables/releases/{Release.objects.get().pk}").content.decode()
    assert "<script>x" not in text
    assert "&lt;script&gt;x" in text


def test_the_api_from_draft_to_values(acting, fees, editor, approver, client):
    acting(editor, "editor")
    made = client.post("/api/tables/test_fees/drafts", form())
    assert made.status_code == 201
    pk = made.json()["id"]
    assert [one["id"] for one in client.get("/api/tables/drafts").json()] == [pk]
    assert client.get(f"/api/tables/releases/{pk}").status_code == 404
    refused = client.post("/api/tables/test_fees/drafts", form(BAD, _key="k2")).json()
    assert refused["errors"][0]["row"] == 2
    assert refused["errors"][0]["column"] == "verified"

    acting(approver, "approver")
    difference = client.get(f"/api/tables/drafts/{pk}/difference").json()
    assert difference["counts"] == {"added": 1, "removed": 1, "changed": 1, "same": 0}
    body = {"base": difference["base_sha256"]}
    assert client.post(f"/api/tables/drafts/{pk}/approve", body, content_type="application/json").json()["label"] == "FZ-1"

    acting(None)
    found = client.get("/api/tables/test_fees?on=2026-05-01&zone=FZ&offset=1").json()
    assert (found["release"], found["count"], [row["item"] for row in found["rows"]]) == ("FZ-1", 2, ["manning"])
    assert [one["label"] for one in client.get("/api/tables/test_fees/releases?zone=FZ").json()] == ["FZ-1"]
    assert client.get(f"/api/tables/releases/{pk}/difference").json()["base"] == "seed"
    assert client.get("/api/tables").json()[0]["columns"][0]["key"] is True
    assert client.get("/api/tables/test_fees?on=2000-01-01").json()["code"] == "tables.not_in_force"
    assert client.get("/api/tables/nothing").status_code == 404
    assert client.get("/api/tables/test_fees/file.csv").content.decode("utf-8-sig").startswith(HEADER)


def run(*words):
    result = CliRunner().invoke(app, [*words, "--json"])
    return result.exit_code, json.loads(result.stdout)


def test_the_command_line(fees, editor, draft, tmp_path):
    assert run("list")[1][0]["release"] == "seed"
    code, shown = run("show", "test_fees")
    assert (code, shown["rows"][0]["amount"]) == (0, "100")
    out = tmp_path / "out.xlsx"
    assert run("export", "test_fees", str(out))[1]["rows"] == 2
    assert run("diff", "test_fees", str(out))[0] == 0
    changed = tmp_path / "changed.csv"
    changed.write_bytes(GOOD)
    code, found = run("diff", "test_fees", str(changed))
    assert (code, found["counts"]["changed"]) == (2, 1)
    code, made = run("import", "test_fees", str(changed), "--source", "x", "--from", "2026-01-01", "--zone", "FZ")
    assert (code, made["state"], made["zone"]) == (0, "draft", "FZ")
    assert run("approve", str(made["id"]), "--zone", "FZ")[1]["code"] == "tables.self"
    assert run("approve", str(draft(300).pk), "--zone", "FZ")[1]["state"] == "released"
    changed.write_bytes(BAD)
    code, problem = run("import", "test_fees", str(changed), "--source", "x", "--from", "2026-01-01", "--zone", "FZ")
    assert (code, problem["errors"][0]["column"]) == (1, "verified")
    assert run("show", "nothing")[0] == 1
    assert run("import", "test_fees", str(changed), "--source", "x", "--from", "2026-01-01", "--zone", "??")[1]["code"] == "zone.unknown"


def test_the_command_line_in_plain_words(fees, db):
    text = CliRunner().invoke(app, ["show", "test_fees"]).stdout
    assert text.startswith("# test_fees seed 2020-01-01 sha256:")
    assert list(io.StringIO(text))[1].strip() == HEADER


def test_what_a_database_cannot_store_is_refused_or_ignored(acting, fees, editor, draft, client):
    acting(editor, "editor", "approver")
    assert client.get("/tables/test_fees?zone=%00&q=%00").status_code == 200
    assert client.get("/api/tables/test_fees?zone=%00").status_code == 422
    assert client.get("/api/tables/test_fees/releases?zone=%00").status_code == 422
    assert client.post("/tables/test_fees/draft", form(source="a\x00b")).status_code == 422
    assert client.post(f"/tables/releases/{draft(300).pk}/reject", {"reason": "a\x00b"}).status_code == 422
    assert client.get(f"/tables/releases/{'9' * 40}").status_code == 404
    assert client.get(f"/tables/releases/{'9' * 40}/file.csv").status_code == 404
