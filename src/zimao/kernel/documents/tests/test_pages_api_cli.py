"""The public pages, the API, the command line, and who may open a file."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from typer.testing import CliRunner

from zimao.kernel import documents as door
from zimao.kernel.documents import codes, operations, queries, readers
from zimao.kernel.documents.cli import app
from zimao.kernel.documents.models import Document
from zimao.kernel.documents.tests.builders import AT, Office, issue_one, person
from zimao.kernel.operations import Act

pytestmark = pytest.mark.django_db


@pytest.fixture
def document(office: Office) -> Document:
    return issue_one(office, valid_to=None)


def upload(content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("x.pdf", content, content_type="application/pdf")


def test_the_door_holds_what_it_names() -> None:
    assert sorted(door.__all__) == sorted(dir(door))
    assert all(getattr(door, name) is not None for name in door.__all__)


def test_form_and_typed_code(client: Client, acting, document: Document) -> None:
    assert "核验码" in client.get("/verify").content.decode()
    answer = client.get("/verify", {"code": codes.grouped(document.code).lower()})
    assert answer.headers["Location"] == f"/verify/{codes.grouped(document.code)}"
    for typed in ("///", "x/y?z", "%2F", "１２３"):
        assert "输入有误" in client.get("/verify", {"code": typed}).content.decode()
    assert client.get("/verify", {"code": f"http://localhost/verify/{document.code}"}).status_code == 302


@pytest.mark.parametrize("case", [("", "有效", "success"), ("suspend", "已暂停", "warning"), ("revoke", "已撤销", "danger")])
@pytest.mark.usefixtures("acting")
def test_answer_has_words_and_colour(client: Client, office: Office, document: Document, case: tuple[str, str, str]) -> None:
    step, word, colour = case
    if step:
        getattr(operations, step)(Act(office.registrar, AT), document_id=document.pk, reason="x")
    page = client.get(f"/verify/{document.code}").content.decode()
    assert word in page
    assert f"alert-{colour}" in page
    assert document.number in page
    assert "王小明" not in page
    assert "王*明" in page


def test_answer_in_english(client: Client, acting, document: Document) -> None:
    client.cookies["zimao_language"] = "en"
    page = client.get(f"/verify/{document.code}").content.decode()
    assert "This document was issued here and is valid" in page


def test_unknown_code(client: Client, acting, db) -> None:
    page = client.get(f"/verify/{codes.new_code()}").content.decode()
    assert "查无此证" in page
    assert "alert-secondary" in page


def test_uploaded_files(client: Client, acting, document: Document) -> None:
    pdf = queries.pdf_of(document)
    assert "逐字节相同" in client.post("/verify", {"file": upload(pdf)}).content.decode()
    assert "文件被改动" in client.post("/verify", {"file": upload(pdf + b"x")}).content.decode()
    for content, words in ((b"", "文件为空"), (b"GIF89a", "不是 PDF")):
        answer = client.post("/verify", {"file": upload(content)})
        assert answer.status_code == 422
        assert words in answer.content.decode()
    assert client.post("/verify").status_code == 422


def test_too_many_questions(client: Client, acting, db) -> None:
    codes_seen = [client.get("/verify/x", REMOTE_ADDR="10.1.1.1").status_code for _ in range(61)]
    assert codes_seen == [200] * 60 + [429]
    assert client.get("/verify/x", REMOTE_ADDR="10.1.1.2").status_code == 200
    assert client.get("/api/verify/x", REMOTE_ADDR="10.1.1.1").status_code == 429


def test_address_behind_a_trusted_proxy(client: Client, acting, db, settings) -> None:
    settings.TRUSTED_PROXIES = 1
    for n in range(70):
        assert client.get("/verify/x", headers={"X-Forwarded-For": f"1.2.3.4, 10.0.0.{n}"}).status_code == 200


def test_public_api(client: Client, acting, document: Document) -> None:
    found = client.get(f"/api/verify/{document.code}").json()
    assert found["status"] == "valid"
    assert found["document"]["number"] == document.number
    assert found["signature"] is None
    answer = client.post("/api/verify", {"file": upload(queries.pdf_of(document))}).json()
    assert answer["same_file"] is True
    assert answer["signature"]["genuine"] is True
    refused = client.post("/api/verify", {"file": upload(b"nothing")})
    assert refused.status_code == 422
    assert refused.json()["code"] == "file"


@pytest.mark.parametrize(("who", "status"), [("holder", 200), ("registrar", 200), ("stranger", 404), (None, 403)])
def test_who_may_open_the_file(client: Client, acting, office: Office, who, status: int) -> None:
    holder = person("holder")
    document = issue_one(office, holder_id=holder.party_id)
    acting({"holder": holder, "registrar": office.registrar, "stranger": office.stranger, None: None}[who])
    for address in (f"/documents/{document.pk}/file", f"/api/documents/{document.pk}/file", f"/documents/{document.pk}"):
        assert client.get(address).status_code == status, address
    if status == 200:
        answer = client.get(f"/documents/{document.pk}/file")
        assert answer.content == queries.pdf_of(document)
        assert answer.headers["Content-Type"] == "application/pdf"
        assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_registrar_of_another_zone_may_not(client: Client, acting, document: Document) -> None:
    acting(person("elsewhere", "documents.registrar", zone="YY"))
    assert client.get(f"/documents/{document.pk}/file").status_code == 404


def test_policy_of_a_service(client: Client, acting, office: Office, document: Document, monkeypatch) -> None:
    monkeypatch.setattr(readers, "_READERS", {})
    readers.register_reader("ship.nationality", lambda actor, one: actor.name == "stranger" and one.subject.startswith("SR-"))
    acting(office.stranger)
    assert client.get(f"/documents/{document.pk}/file").status_code == 200
    assert [row["id"] for row in client.get("/api/documents", {"subject": document.subject}).json()] == [document.pk]
    acting(office.keeper)
    assert client.get("/api/documents", {"subject": document.subject}).json() == []


def test_my_documents(client: Client, acting, office: Office) -> None:
    holder = person("holder")
    document = issue_one(office, holder_id=holder.party_id)
    acting(holder)
    assert document.number in client.get("/documents").content.decode()
    assert [row["standing"] for row in client.get("/api/documents").json()] != []
    acting(office.stranger)
    assert document.number not in client.get("/documents").content.decode()


def test_registrar_changes_on_the_page(client: Client, acting, office: Office, document: Document) -> None:
    acting(office.registrar)
    address = f"/documents/{document.pk}"
    assert "撤销" in client.get(address).content.decode()
    refused = client.post(f"{address}/suspend", {"reason": " ", "_key": "k0"})
    assert refused.status_code == 422
    assert "请写明理由" in refused.content.decode()
    for _ in range(2):
        assert client.post(f"{address}/suspend", {"reason": "核查", "_key": "k1"}).status_code == 302
    assert document.events.count() == 2
    assert client.post(f"{address}/suspend", {"reason": "核查", "_key": "k2"}).status_code == 409
    assert client.post(f"{address}/burn", {"reason": "x"}).status_code == 404
    changed = client.post(f"/api{address}/restore", json.dumps({"reason": "核查无误"}), content_type="application/json")
    assert changed.json()["standing"] == "valid"


def test_stranger_changes_nothing(client: Client, acting, office: Office, document: Document) -> None:
    acting(office.stranger)
    assert client.post(f"/documents/{document.pk}/revoke", {"reason": "x"}).status_code == 404
    assert client.post(f"/api/documents/{document.pk}/revoke", '{"reason": "x"}', content_type="application/json").status_code == 403


def test_command_line(settings, tmp_path, db) -> None:
    run = CliRunner().invoke
    file = tmp_path / "out.pdf"
    settings.DEMO = False
    assert run(app, ["issue-demo", "--out", str(file)]).exit_code == 2
    settings.DEMO = True
    made = json.loads(run(app, ["issue-demo", "--out", str(file), "--json"]).output)
    again = json.loads(run(app, ["issue-demo", "--out", str(file), "--json"]).output)
    assert made == again
    assert run(app, ["verify", str(file)]).exit_code == 0
    assert run(app, ["verify", made["code"]]).exit_code == 0
    file.write_bytes(file.read_bytes() + b" ")
    altered = run(app, ["verify", str(file), "--json"])
    assert altered.exit_code == 1
    assert json.loads(altered.output)["status"] == "altered"
    file.write_bytes(b"")
    assert run(app, ["verify", str(file)]).exit_code == 2
    assert "BEGIN CERTIFICATE" in run(app, ["ca"]).output
