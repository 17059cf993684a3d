"""CloudEvents coming in: proof, duplicates, what a source may say."""

import base64
import json
import uuid
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook

from zimao.kernel.events import dispatch_once, on
from zimao.kernel.events import operations as verbs
from zimao.kernel.events.models import Delivery, Inbox, Outbox, Source

URI = "https://customs.example.cn/"


@pytest.fixture
def source(act, acting):
    return verbs.register_source(act(), name="海关", uri=URI, types=["customs.*"])


def event(**changes):
    return {
        "specversion": "1.0", "id": "m-1", "source": URI, "type": "customs.released", "subject": "decl/7",
        "datacontenttype": "application/json", "data": {"decl": "7"},
    } | changes  # fmt: skip


def signed(secret, body, instant=None):
    instant = instant or datetime.now(UTC)
    return {
        "webhook-id": "x",
        "webhook-timestamp": str(int(instant.timestamp())),
        "webhook-signature": Webhook(secret).sign("x", instant, body),
    }


def send(client, secret, found=None, **headers):
    body = json.dumps(event() if found is None else found)
    return client.post("/events", body, content_type="application/cloudevents+json", headers=signed(secret, body) | headers)


def test_a_message_is_taken_in_once_and_handled_once(client, source, now):
    seen = []
    on("customs.*", lambda found: seen.append((found.type, found.subject, found.data, found.origin)), "clearance", inbound=True)
    on("customs.*", lambda found: seen.append("our own services only"), "own")
    assert send(client, source.secret).status_code == 202
    assert send(client, source.secret).status_code == 200
    dispatch_once(now)
    dispatch_once(now)
    assert seen == [("customs.released", "decl/7", {"decl": "7"}, URI)]
    assert Inbox.objects.get().handled_at == now
    assert Outbox.objects.get().zone == "FZ"


def test_binary_mode(client, source):
    body = json.dumps({"decl": "7"})
    attributes = {"ce-specversion": "1.0", "ce-id": "m-2", "ce-source": URI, "ce-type": "customs.released", "ce-subject": "decl/7"}
    answer = client.post("/events", body, content_type="application/json", headers=signed(source.secret, body) | attributes)
    assert answer.status_code == 202
    assert json.loads(Outbox.objects.get().data) == {"decl": "7"}


def test_a_message_nobody_wants_is_settled_at_once(client, source, now):
    send(client, source.secret)
    dispatch_once(now)
    assert Inbox.objects.get().handled_at == now


def test_what_came_in_is_not_passed_on(client, source, act, now):
    verbs.create_subscription(act(), name="all", url="https://hooks.example.cn/", types=["*"])
    send(client, source.secret)
    dispatch_once(now)
    assert not Delivery.objects.exists()


OTHER = "whsec_" + base64.b64encode(b"another secret of 24 byte").decode()


@pytest.mark.parametrize(
    ("secret", "found", "headers", "expected"),
    [
        (OTHER, None, {}, (403, "source")),
        (None, event(source="https://unknown.example.cn/"), {}, (403, "source")),
        (None, event(type="ship.case.accepted"), {}, (403, "type")),
        (None, event(specversion="0.3"), {}, (422, "specversion")),
        (None, event(id=""), {}, (422, "attribute")),
        (None, event(id="x" * 201), {}, (422, "attribute")),
        (None, event(subject="x" * 201), {}, (422, "attribute")),
        (None, event(data=[1]), {}, (422, "data")),
        (None, [1], {}, (422, "not_a_cloudevent")),
        (None, {"specversion": "1.0"}, {}, (422, "not_a_cloudevent")),
        (None, None, {"webhook-signature": "rubbish"}, (403, "source")),
        (None, None, {"webhook-timestamp": "1000"}, (403, "source")),
    ],
)
def test_what_is_refused(secret, found, headers, expected, request):
    client, source = request.getfixturevalue("client"), request.getfixturevalue("source")
    answer = send(client, secret or source.secret, found, **headers)
    assert (answer.status_code, answer.json()["code"]) == expected
    assert answer["Content-Type"] == "application/problem+json"
    assert not Outbox.objects.exists()


def test_bodies_that_are_no_json_or_too_large(client, source, settings):
    assert client.post("/events", "{", content_type="application/cloudevents+json").status_code == 422
    settings.EVENTS_MAX_BYTES = 10
    assert send(client, source.secret).json()["code"] == "too_large"


def test_bearer(client, act, acting):
    source = verbs.register_source(act(), name="港口", uri=URI, types=["customs.*"], proof="bearer")
    body = json.dumps(event())
    post = {"content_type": "application/cloudevents+json"}
    assert client.post("/events", body, **post).status_code == 403
    assert client.post("/events", body, headers={"Authorization": "Bearer wrong"}, **post).status_code == 403
    assert client.post("/events", body, headers=signed(source.secret, body), **post).status_code == 403
    assert client.post("/events", body, headers={"Authorization": f"Bearer {source.secret}"}, **post).status_code == 202


def test_a_source_that_is_off_is_unknown(client, source, act):
    verbs.disable_source(act(), source_id=source.pk)
    assert send(client, source.secret, event(id=str(uuid.uuid4()))).status_code == 403
    assert not Source.objects.filter(active=True).exists()
