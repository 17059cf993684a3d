"""Inbox, bell, choices, receipts: over HTTP."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook

from zimao.kernel.errors import NotAllowed
from zimao.kernel.notices import operations, send_due
from zimao.kernel.notices.models import Hook, Notice, Reading, Sending
from zimao.kernel.notices.tests.conftest import NOW, SECRET

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(acting, act_as, citizen):
    acting(act_as(citizen).actor)


def test_the_inbox(client, signed_in, tell, citizen):
    notice = tell(citizen)
    page = client.get("/notices").content.decode()
    assert "张三，请补正材料" in page
    assert "未读 1" in page
    english = client.get("/notices", headers={"Accept-Language": "en"}).content.decode()
    assert "please correct your materials" in english
    assert "Unread 1" in english
    answer = client.post(f"/notices/{notice.pk}/read", {"then": "open"})
    assert answer["Location"] == "/cases/7"
    assert "张三" not in client.get("/notices?unread=1").content.decode()


def test_the_inbox_has_pages(client, signed_in, tell, citizen):
    for n in range(25):
        tell(citizen, dedupe=str(n), subject=f"FZ-{n:02}")
    first, second = (client.get(f"/notices?page={n}").content.decode() for n in (1, 2))
    assert "FZ-24" in first
    assert "FZ-00" not in first
    assert "FZ-00" in second
    assert client.post("/notices/read").status_code == 302
    assert Reading.objects.count() == 25


def test_marking_read_in_place(client, signed_in, tell, citizen):
    notice = tell(citizen)
    row = client.post(f"/notices/{notice.pk}/read", headers={"HX-Request": "true"})
    assert row["HX-Trigger"] == "notices-changed"
    assert f'id="notice-{notice.pk}"' in row.content.decode()
    assert "标为已读" not in row.content.decode()


def test_the_bell(client, acting, act_as, tell, citizen):
    assert client.get("/notices/bell").content == b""
    acting(act_as(citizen).actor)
    assert "text-bg-danger" not in client.get("/notices/bell").content.decode()
    tell(citizen)
    bell = client.get("/notices/bell")
    assert "通知，1 条未读" in bell.content.decode()
    assert bell["Cache-Control"] == "no-store"


def test_nobody_sees_anothers_inbox(client, acting, act_as, told, agent):
    notice = told
    acting(act_as(agent).actor)
    assert "张三" not in client.get("/notices").content.decode()
    assert client.post(f"/api/notices/{notice.pk}/read").status_code == 404
    acting(None)
    with pytest.raises(NotAllowed):
        client.get("/notices")


def test_choices(client, signed_in, citizen):
    page = client.get("/notices/preferences").content.decode()
    assert page.count(" checked") == 3
    assert client.post("/notices/preferences", {"wanted": ["email"]}).status_code == 302
    assert client.get("/notices/preferences").content.decode().count(" checked") == 1


def test_the_webhook_of_a_party(client, signed_in, citizen):
    page = client.post("/notices/hook", {"url": "https://hooks.example.cn/n"}).content.decode()
    hook = Hook.objects.get(party=citizen.party)
    assert hook.secret in page
    assert hook.secret not in client.get("/notices/preferences").content.decode()
    refused = client.post("/notices/hook", {"url": "http://hooks.example.cn/n"})
    assert refused.status_code == 422
    assert "https://" in refused.content.decode()
    client.post("/notices/hook/remove")
    assert not Hook.objects.exists()


def test_the_administrator_mends_what_could_not_be_sent(client, acting, act_as, tell, citizen):
    tell(citizen)
    Sending.objects.update(state="unknown", error="the worker ended")
    acting(act_as(citizen).actor)
    with pytest.raises(NotAllowed):
        client.get("/notices/stuck")
    acting(act_as(citizen, roles=("zone.admin",)).actor)
    page = client.get("/notices/stuck").content.decode()
    assert "结果不明" in page
    assert "张三" not in page
    client.post(f"/notices/stuck/{Sending.objects.get().pk}/retry")
    assert Sending.objects.get().state == "pending"


def test_api(client, signed_in, tell, citizen):
    first, second = tell(citizen), tell(citizen, dedupe="2")
    found = client.get("/api/notices").json()
    assert [notice["id"] for notice in found] == [second.pk, first.pk]
    assert found[0]["title"]["en"] == "张三, please correct your materials"
    assert client.get(f"/api/notices?before={second.pk}").json()[0]["id"] == first.pk
    assert client.post(f"/api/notices/{first.pk}/read").json()["is_read"] is True
    assert client.get("/api/notices/unread-count").json() == {"unread": 1}
    assert client.post("/api/notices/read").json() == {"marked": 1}
    assert client.get("/api/notices?unread=true").json() == []
    put = {"content_type": "application/json"}
    assert client.put("/api/notices/preferences", {"wanted": ["sms"]}, **put).status_code == 200
    assert client.get("/api/notices/preferences").json() == {"wanted": ["sms"]}
    assert client.put("/api/notices/preferences", {"wanted": ["pigeon"]}, **put).status_code == 422


@pytest.fixture
def texted(tell, citizen, gateway, acting):
    citizen.party.email = ""
    citizen.party.save()
    tell(citizen)
    send_due(NOW, lambda: False)
    return Sending.objects.get()


def receipt(client, found, secret=SECRET, instant=None):
    body, instant = json.dumps(found), instant or datetime.now(UTC)
    signature = Webhook(secret).sign("r", instant, body)
    headers = {"webhook-id": "r", "webhook-timestamp": str(int(instant.timestamp())), "webhook-signature": signature}
    return client.post("/notices/sms-receipts", body, content_type="application/json", headers=headers)


def test_receipts(client, texted):
    good = {"id": "sms-1", "key": texted.key, "status": "delivered", "at": "2026-03-02T08:00:05+00:00"}
    assert receipt(client, good, secret="whsec_" + "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4").status_code == 403
    assert receipt(client, good, instant=datetime.now(UTC) - timedelta(hours=1)).status_code == 403
    assert client.post("/notices/sms-receipts", "{}", content_type="application/json").status_code == 403
    for wrong in ({"key": texted.key}, [], good | {"status": "eaten"}, good | {"at": "2026-03-02T08:00:05"}):
        assert receipt(client, wrong).status_code == 422
    assert Sending.objects.get().state == "sent"
    assert receipt(client, good).json() == {"recorded": True}
    assert receipt(client, good).json() == {"recorded": False}
    assert Sending.objects.get().delivered_at == NOW + timedelta(seconds=5)


def test_without_a_secret_no_receipt_is_believed(client, texted, settings):
    settings.SMS_GATEWAY_SECRET = ""
    assert receipt(client, {"key": texted.key, "status": "delivered"}).status_code == 403


def test_verbs_have_words():
    from zimao.kernel.journal import verb_label  # noqa: PLC0415 - used here only
    from zimao.kernel.notices.notifying import NOTIFIED  # noqa: PLC0415 - used here only

    assert verb_label(NOTIFIED).en == "Gave notice"
    assert all(verb_label(f"notices.{name}") for name in operations.__all__ if name.islower())
    assert Notice._meta.label == "notices.Notice"
