"""The command line, the public API and the page."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory
from ninja import NinjaAPI
from ninja.testing import TestClient
from typer.testing import CliRunner

from zimao.kernel import evidence
from zimao.kernel.errors import Missing
from zimao.kernel.events import run_periodic
from zimao.kernel.evidence import pages
from zimao.kernel.evidence.api import router
from zimao.kernel.evidence.cli import app
from zimao.kernel.evidence.models import Leaf, SignedCheckpoint
from zimao.kernel.evidence.tiles import split
from zimao.kernel.evidence.tree import MemoryNodes, leaf_hash, root

from .conftest import AT

pytestmark = pytest.mark.django_db


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_every_name_of_the_door_opens():
    assert {name: callable(getattr(evidence, name)) for name in evidence.__all__} == dict.fromkeys(evidence.__all__, True)
    assert dir(evidence) == sorted(evidence.__all__)


def test_export_then_verify(write, tmp_path, monkeypatch):
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    write(3, private={"name": "张三"})
    file = tmp_path / "case.json"
    assert run("export", "case:1", "--out", file, "--private").exit_code == 0
    key = evidence.log_keys()[0]
    good = run("verify", file, "--key", key)
    assert (good.exit_code, good.stdout.splitlines()[-1]) == (0, "The proof is valid")
    told = json.loads(run("verify", file, "--key", key, "--json").stdout)
    assert (told["valid"], told["trusted"], len(told["entries"])) == (True, True, 3)
    file.write_text(file.read_text().replace('\\"number\\":1', '\\"number\\":9'))
    bad = run("verify", file, "--key", key)
    assert (bad.exit_code, bad.stdout.splitlines()[-1]) == (1, "The proof is not valid")


@pytest.mark.parametrize("program", ["zimao.kernel.evidence", "zimao.cli"])
def test_a_proof_is_verified_without_settings_database_or_django(write, tmp_path, program):
    write(3, private={"name": "张三"})
    evidence.checkpoint(AT)
    desk = tmp_path / "desk"
    desk.mkdir()
    (desk / "proof.json").write_text(json.dumps(evidence.bundle(1)))
    command = [sys.executable, "-m", program, *(["evidence", "verify"] if program == "zimao.cli" else [])]
    # an unusable database address and settings that do not exist: whoever touched either would fail
    bare = {
        "PYTHONPATH": ":".join(sys.path),
        "LANG": "en",
        "ZIMAO_DATABASE_URL": "nonsense://",
        "DJANGO_SETTINGS_MODULE": "no.such.settings",
    }

    def run_bare(*more):
        return subprocess.run([*command, "proof.json", *more], capture_output=True, text=True, check=False, cwd=desk, env=bare)

    good = run_bare("--key", evidence.log_keys()[0])
    assert (good.returncode, good.stdout.splitlines()[-1]) == (0, "The proof is valid"), good.stderr
    assert run_bare("--key", "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k").returncode == 1
    assert json.loads(run_bare("--json").stdout)["trusted"] is False
    assert sorted(path.name for path in desk.iterdir()) == ["proof.json"]  # and nothing was left behind


def test_the_command_speaks_chinese_by_default(write, tmp_path, monkeypatch):
    monkeypatch.setenv("LANG", "C.UTF-8")
    file = tmp_path / "proof.json"
    file.write_text("{}")
    found = run("verify", file)
    assert (found.exit_code, found.stdout.splitlines()[-1]) == (1, "证明无效")


@pytest.mark.django_db(transaction=False)
def test_checkpoint_and_audit_commands(write, tmp_path, monkeypatch):
    monkeypatch.setenv("LANG", "en")
    write(2)
    told = json.loads(run("checkpoint", "--json").stdout)
    assert told["size"] == 2
    kept = tmp_path / "kept.txt"
    kept.write_text(told["checkpoint"])
    assert run("audit", "--checkpoint", kept, "--key", told["vkey"]).exit_code == 0
    assert run("audit", "--checkpoint", kept).exit_code == 2
    Leaf.objects.filter(index=1).update(entry=b"{}")
    broken = run("audit", "--json")
    assert (broken.exit_code, json.loads(broken.stdout)["difference"]) == (1, "Entry 1 does not have its stored hash")


def test_exporting_an_unknown_subject_stops_with_words(tmp_path, monkeypatch):
    monkeypatch.setenv("LANG", "en")
    found = run("export", "case:none", "--out", tmp_path / "none.json")
    assert (found.exit_code, found.stderr.strip()) == (1, "The evidence log has no entry about case:none")
    assert not (tmp_path / "none.json").exists()


@pytest.fixture(scope="module")
def client():
    api = NinjaAPI(urls_namespace="evidence-tests")
    api.add_router("/evidence", router)
    return TestClient(api)


def test_a_reader_can_rebuild_the_signed_root_from_the_public_tiles(client, write):
    write(600)
    signed = evidence.checkpoint(AT)
    write(5)
    note = client.get("/evidence/checkpoint").content.decode()
    assert note == signed.note
    tiles = [client.get(f"/evidence/tile/0/{path}").content for path in ("000", "001", "002.p/88")]
    leaves = split(b"".join(tiles))
    assert base64.b64encode(root(MemoryNodes(leaves), 600)).decode() == note.splitlines()[2]
    assert split(client.get("/evidence/tile/1/000.p/2").content)[1] == root(MemoryNodes(leaves[256:512]), 256)


def test_entry_bundles_hold_the_leaves_of_their_tile(client, write):
    write(300)
    evidence.checkpoint(AT)
    blob, entries = client.get("/evidence/tile/entries/001.p/44").content, []
    while blob:
        length = int.from_bytes(blob[:2])
        entries.append(blob[2 : 2 + length])
        blob = blob[2 + length :]
    assert [leaf_hash(entry) for entry in entries] == split(client.get("/evidence/tile/0/001.p/44").content)


@pytest.mark.parametrize("path", ["tile/0/001.p/45", "tile/0/001", "tile/1/000.p/2", "tile/2/000", "tile/nonsense", "entries/300/proof"])
def test_what_no_checkpoint_covers_is_missing(client, write, path):
    write(300)
    evidence.checkpoint(AT)
    with pytest.raises(Missing):
        client.get(f"/evidence/{path}")


def test_proofs_over_the_api_verify_offline(client, write):
    for _ in range(2):
        write(100, private={"name": "张三"})
        evidence.checkpoint(AT)
    key = client.get("/evidence/key").json()["keys"][0]
    for path in ("entries/150/proof", "consistency?old=100&new=200"):
        found = client.get(f"/evidence/{path}")
        assert evidence.verify_bundle(found.content, key).valid
        assert "salt" not in found.content.decode()


def test_before_the_first_checkpoint_there_is_nothing_to_read(client):
    with pytest.raises(Missing):
        client.get("/evidence/checkpoint")


def _page(monkeypatch, request):
    """What the page gives its template: the frame around it is the portal's."""
    seen = {}
    monkeypatch.setattr(
        pages, "render", lambda request, template, context, status=200: seen.update(context, template=template, status=status)
    )
    pages.home(request)
    return seen


def test_the_page_shows_the_checkpoint_and_verifies_an_upload(write, monkeypatch):
    write(3)
    evidence.checkpoint(AT)
    shown = _page(monkeypatch, RequestFactory().get("/evidence"))
    assert (shown["head"].size, shown["report"], shown["status"]) == (3, None, 200)
    file = json.dumps(evidence.bundle(1)).encode()
    for content, valid, status in ((file, True, 200), (file.replace(b"case:1", b"case:2"), False, 422), (b"", False, 422)):
        request = RequestFactory().post("/evidence", {"proof": SimpleUploadedFile("proof.json", content)} if content else {})
        shown = _page(monkeypatch, request)
        assert (shown["report"].valid, shown["status"]) == (valid, status)


def test_a_proof_by_another_log_is_not_shown_as_ours(write, monkeypatch, settings):
    write(1)
    evidence.checkpoint(AT)
    file = json.dumps(evidence.bundle(0)).encode()
    monkeypatch.setattr(pages, "log_keys", list)
    shown = _page(monkeypatch, RequestFactory().post("/evidence", {"proof": SimpleUploadedFile("proof.json", file)}))
    assert not shown["report"].trusted


def test_the_worker_signs_checkpoints_by_itself(write):
    write(2)
    ran = run_periodic(AT, lambda: False)
    assert "evidence.checkpoint" in ran
    assert evidence.latest_checkpoint().size == 2
    run_periodic(AT + timedelta(seconds=300), lambda: False)
    assert SignedCheckpoint.objects.count() == 1  # nothing was added since, nothing is signed
    write(1)
    run_periodic(AT + timedelta(seconds=600), lambda: False)
    assert evidence.latest_checkpoint().size == 3
