"""The administrator's page and API."""

import pytest
from django.db import transaction

from zimao.kernel import events
from zimao.kernel.errors import NotAllowed
from zimao.kernel.events import dispatch_once, enqueue, on
from zimao.kernel.events.models import Delivery, HandlerRun, PeriodicRun, Source, State, Subscription
from zimao.kernel.journal import Message


@pytest.fixture
def signed_in(acting, act):
    acting(act().actor)


def test_the_door_holds_what_it_names():
    assert sorted(events.__all__) == sorted(dir(events))
    assert all(getattr(events, name) is not None for name in events.__all__)


def test_create_shows_the_secret_once(client, signed_in):
    given = {"name": "企业", "url": "https://hooks.example.cn/a", "types": "ship.case.*, port.*", "_key": "k1"}
    answer = client.post("/events/subscriptions", given)
    made = Subscription.objects.get()
    assert made.types == ["ship.case.*", "port.*"]
    assert made.secret in answer.content.decode()
    client.post("/events/subscriptions", given)
    assert Subscription.objects.count() == 1, "the same form sent twice"
    assert made.secret not in client.get("/events").content.decode()


def test_a_refused_form_comes_back_as_it_was_filled_in(client, signed_in):
    answer = client.post("/events/subscriptions", {"name": "企业", "url": "https://10.0.0.1/", "types": "a.b"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "内部或保留地址" in page
    assert 'value="https://10.0.0.1/"' in page
    given = {"name": "x", "url": "https://10.0.0.1/", "types": "a.b"}
    english = client.post("/events/subscriptions", given, headers={"Accept-Language": "en"})
    assert "internal or reserved address" in english.content.decode()


def test_given_up_messages_are_mended_from_the_page(client, signed_in, act, now, settings):
    settings.EVENTS_HANDLER_RETRIES = settings.EVENTS_WEBHOOK_RETRIES = ()
    settings.EVENTS_ALLOW_NETWORKS = ("127.0.0.1/32",)
    client.post("/events/subscriptions", {"name": "n", "url": "http://127.0.0.1:9/", "types": "a.*"})
    on("a.b", lambda event: 1 / 0, "broken")
    with transaction.atomic():
        enqueue([Message("a.b", "case/9")], at=now, zone="FZ")
    dispatch_once(now)
    page = client.get("/events").content.decode()
    assert "ZeroDivisionError" in page
    assert "停止重试的消息" in page
    delivery, run = Delivery.objects.get(), HandlerRun.objects.get()
    assert client.post(f"/events/deliveries/{delivery.pk}/retry").status_code == 302
    assert client.post(f"/events/runs/{run.pk}/skip", {"reason": "测试"}).status_code == 302
    delivery.refresh_from_db()
    run.refresh_from_db()
    assert (delivery.state, run.state) == (State.PENDING, State.SKIPPED)
    assert "停止重试的消息" not in client.get("/events").content.decode()


def test_switching_off_and_on_and_changing_the_secret(client, signed_in):
    client.post("/events/subscriptions", {"name": "n", "url": "https://hooks.example.cn/", "types": "*"})
    made = Subscription.objects.get()
    client.post(f"/events/subscriptions/{made.pk}/disable")
    assert not Subscription.objects.get().active
    client.post(f"/events/subscriptions/{made.pk}/enable")
    assert Subscription.objects.get().active
    page = client.post(f"/events/subscriptions/{made.pk}/rotate").content.decode()
    assert Subscription.objects.get().secret in page
    assert made.secret not in page


def test_sources_from_the_page(client, signed_in):
    client.post("/events/sources", {"name": "海关", "uri": "https://customs.example.cn/", "types": "customs.*", "proof": "bearer"})
    source = Source.objects.get()
    assert "海关" in client.get("/events").content.decode()
    client.post(f"/events/sources/{source.pk}/disable")
    assert not Source.objects.get().active


def test_late_jobs_are_shown(client, signed_in, now):
    PeriodicRun.objects.create(name="evidence.checkpoint", next_at=now)
    assert "evidence.checkpoint" in client.get("/events").content.decode()


def test_others_may_not_look(client, acting, act):
    acting(act(roles=("user",)).actor)
    with pytest.raises(NotAllowed):
        client.get("/events")
    assert client.get("/api/events/subscriptions").status_code == 403
    assert client.get("/api/events/deliveries").status_code == 403
    acting(None)
    assert client.get("/api/events/dead-runs").status_code == 403


def test_api(client, signed_in, now):
    post = {"content_type": "application/json"}
    body = {"name": "n", "url": "https://hooks.example.cn/", "types": ["a.*"]}
    made = client.post("/api/events/subscriptions", body, **post)
    assert made.status_code == 201
    assert made.json()["secret"].startswith("whsec_")
    pk = made.json()["id"]
    assert "secret" not in client.get("/api/events/subscriptions").json()[0]
    assert client.post(f"/api/events/subscriptions/{pk}/disable").json()["active"] is False
    assert client.post(f"/api/events/subscriptions/{pk}/enable").json()["active"] is True
    assert client.post(f"/api/events/subscriptions/{pk}/rotate").json()["secret"] != made.json()["secret"]
    assert client.post("/api/events/subscriptions", body | {"types": ["*a"], "name": "m"}, **post).json()["code"] == "types"
    with transaction.atomic():
        enqueue([Message("a.b", "case/9")], at=now, zone="FZ")
    on("a.b", lambda event: None, "h")
    from zimao.kernel.events.fanout import fan_out  # noqa: PLC0415 - only this test goes below the door

    fan_out(now, 10)
    Delivery.objects.update(state=State.DEAD)
    HandlerRun.objects.update(state=State.DEAD)
    [row] = client.get("/api/events/deliveries?state=dead").json()
    assert (row["type"], row["subject"]) == ("a.b", "case/9")
    assert client.post(f"/api/events/deliveries/{row['id']}/retry").json()["state"] == "pending"
    [run] = client.get("/api/events/dead-runs").json()
    assert client.post(f"/api/events/dead-runs/{run['id']}/retry").json()["state"] == "pending"
    assert client.post(f"/api/events/dead-runs/{run['id']}/skip", {"reason": "x"}, **post).status_code == 409
    assert client.post("/api/events/deliveries/999999/retry").status_code == 404
