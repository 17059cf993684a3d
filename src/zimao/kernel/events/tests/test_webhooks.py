"""Webhooks against a receiver that really listens."""

import json
from datetime import timedelta

import pytest
from django.db import transaction

from zimao.kernel.errors import Conflict, Missing, NotAllowed, Refused
from zimao.kernel.events import dispatch_once, enqueue, post_all
from zimao.kernel.events import operations as verbs
from zimao.kernel.events.models import Delivery, Outbox, State, Subscription
from zimao.kernel.events.posting import Letter
from zimao.kernel.journal import Message

SECRET = "whsec_" + "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"


@pytest.fixture
def subscription(receiver, act):
    made = verbs.create_subscription(act(), name="企业系统", url=receiver.url, types=["ship.case.*"])
    receiver.secret = made.secret
    return made


def put(now, *types, zone="FZ"):
    with transaction.atomic():
        enqueue([Message(type_, f"case/{n}", {"办件": n}) for n, type_ in enumerate(types)], at=now, zone=zone)


def test_a_receiver_that_fails_twice_gets_the_message_at_the_third_attempt(now, later, receiver, subscription, settings):
    settings.EVENTS_WEBHOOK_RETRIES = (10, 10, 10)
    receiver.codes = [500, 503]
    put(now, "ship.case.accepted")
    assert dispatch_once(now).delivery_failures == 1
    assert dispatch_once(later(1)).delivered == 0, "not before its time"
    assert dispatch_once(later(13)).delivery_failures == 1
    assert dispatch_once(later(30)).delivered == 1
    assert dispatch_once(later(60)).delivered == 0
    assert receiver.bad == []
    ids = {headers["webhook-id"] for headers, _ in receiver.seen}
    assert (len(receiver.seen), ids) == (3, {str(Outbox.objects.get().event_id)})
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts, delivery.response_code) == (State.DONE, 3, 200)
    assert Subscription.objects.get().consecutive_failures == 0


def test_what_is_sent_is_a_cloudevent(now, receiver, subscription, settings):
    put(now, "ship.case.accepted", "port.berth.free")
    dispatch_once(now)
    [(headers, body)] = receiver.seen
    assert headers["Content-Type"] == "application/cloudevents+json"
    event = json.loads(body)
    assert event == {
        "specversion": "1.0",
        "id": str(Outbox.objects.get(type="ship.case.accepted").event_id),
        "source": f"{settings.PUBLIC_URL}/zones/FZ",
        "type": "ship.case.accepted",
        "subject": "case/0",
        "time": "2026-03-02T08:00:00Z",
        "datacontenttype": "application/json",
        "data": {"办件": 0},
    }


def test_another_zones_messages_do_not_leave(now, receiver, subscription):
    put(now, "ship.case.accepted", zone="XM")
    dispatch_once(now)
    assert receiver.seen == []


def test_after_the_last_attempt_it_is_given_up_and_can_be_retried(now, later, receiver, subscription, request):
    act, settings = request.getfixturevalue("act"), request.getfixturevalue("settings")
    settings.EVENTS_WEBHOOK_RETRIES = (1,)
    receiver.codes = [500, 500]
    put(now, "ship.case.accepted")
    dispatch_once(now)
    assert dispatch_once(later(10)).dead == 1
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.error) == (State.DEAD, "HTTP 500")
    with pytest.raises(Missing):
        verbs.retry_delivery(act(zone="XM"), delivery_id=delivery.pk)
    verbs.retry_delivery(act(later(20)), delivery_id=delivery.pk)
    assert dispatch_once(later(21)).delivered == 1
    with pytest.raises(Conflict):
        verbs.retry_delivery(act(), delivery_id=delivery.pk)
    with pytest.raises(Conflict):
        verbs.skip_delivery(act(), delivery_id=delivery.pk)


def test_a_failing_receivers_backlog_costs_one_call_a_round(now, later, receiver, subscription):
    receiver.codes = [500]
    put(now, *["ship.case.accepted"] * 4)
    dispatch_once(now)
    assert len(receiver.seen) == 1
    dispatch_once(later(1))
    assert len(receiver.seen) == 1, "the receiver is left alone for a while"
    assert sorted(Delivery.objects.values_list("attempts", flat=True)) == [0, 0, 0, 1]
    assert dispatch_once(later(30)).delivered == 4


def test_gone_switches_the_subscription_off_and_its_messages_wait(now, later, receiver, subscription, act):
    receiver.codes = [410]
    put(now, "ship.case.accepted")
    dispatch_once(now)
    subscription.refresh_from_db()
    assert (subscription.active, subscription.stopped_because) == (False, "gone")
    dispatch_once(later(3600))
    assert len(receiver.seen) == 1
    verbs.enable_subscription(act(later(3600)), subscription_id=subscription.pk)
    assert dispatch_once(later(3601)).delivered == 1


def test_redirects_are_not_followed(now, receiver, subscription):
    receiver.codes = [307]
    put(now, "ship.case.accepted")
    dispatch_once(now)
    assert len(receiver.seen) == 1
    assert Delivery.objects.get().error == "HTTP 307"


def test_while_a_secret_is_changed_both_sign(now, later, receiver, subscription, act):
    old = subscription.secret
    new = verbs.rotate_secret(act(), subscription_id=subscription.pk).secret
    assert new != old
    put(now, "ship.case.accepted")
    dispatch_once(later(60))
    receiver.secret = old
    receiver.check(*receiver.seen[0])
    receiver.secret = new
    receiver.check(*receiver.seen[0])
    after = now + timedelta(hours=25)
    put(after, "ship.case.accepted")
    dispatch_once(after)
    receiver.secret = old
    with pytest.raises(ValueError, match="signature"):
        receiver.check(*receiver.seen[1])


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/", "https://169.254.169.254/latest", "https://localhost/", "https://[::ffff:10.0.0.1]/"]
)
def test_the_inside_is_out_of_reach(url, now, settings):
    settings.EVENTS_ALLOW_NETWORKS = ()
    [[receipt]] = post_all([[Letter("1", url, b"{}", (SECRET,))]], now)
    assert receipt.error.startswith("address_refused")
    assert not receipt.accepted


def test_a_name_that_turns_to_the_inside_is_refused_at_delivery(now, settings, monkeypatch):
    """The name passed the form; what it resolves to at delivery is what counts, and the connection goes to that address."""
    import ipaddress  # noqa: PLC0415 - used here only

    from zimao.kernel.events import posting  # noqa: PLC0415 - only this test goes below the door

    async def rebound(host, port):
        return [ipaddress.ip_address("93.184.215.14"), ipaddress.ip_address("127.0.0.1")]

    settings.EVENTS_ALLOW_NETWORKS = ()
    monkeypatch.setattr(posting, "resolve", rebound)
    [[receipt]] = post_all([[Letter("1", "https://hooks.example.cn/", b"{}", (SECRET,))]], now)
    assert receipt.error.startswith("address_refused")


def test_the_connection_goes_to_the_checked_address_with_the_name_in_its_head(now, receiver, monkeypatch):
    import ipaddress  # noqa: PLC0415 - used here only

    from zimao.kernel.events import posting  # noqa: PLC0415 - only this test goes below the door

    async def pinned(host, port):
        assert host == "hooks.example.invalid"
        return [ipaddress.ip_address("127.0.0.1")]

    monkeypatch.setattr(posting, "resolve", pinned)
    receiver.secret = SECRET
    url = receiver.url.replace("127.0.0.1", "hooks.example.invalid")
    [[receipt]] = post_all([[Letter("1", url, b"{}", (SECRET,))]], now)
    assert receipt.accepted
    assert receiver.seen[0][0]["Host"].startswith("hooks.example.invalid:")


def test_a_receiver_that_does_not_answer_costs_its_deadline_only(now, receiver, settings):
    import socket  # noqa: PLC0415 - used here only

    settings.EVENTS_TIMEOUT_SECONDS = 0.3
    receiver.secret = SECRET
    with socket.create_server(("127.0.0.1", 0)) as mute:
        silent = Letter("1", f"http://127.0.0.1:{mute.getsockname()[1]}/", b"{}", (SECRET,))
        [hung, fine] = post_all([[silent, silent], [Letter("2", receiver.url, b"{}", (SECRET,))]], now)
    assert [receipt.posted for receipt in hung] == [True, False]
    assert "no answer" in hung[0].error
    assert fine[0].accepted


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"types": ["a*"]}, "types"),
        ({"types": [""]}, "types"),
        ({"url": "https://127.0.0.1/x"}, "url"),
        ({"url": "http://8.8.8.8/x"}, "url"),
        ({"url": "mailto:a@b.cn"}, "url"),
    ],
)
def test_a_subscription_that_is_refused(changes, field, act, settings):
    settings.EVENTS_ALLOW_NETWORKS = ()
    given = {"name": "n", "url": "https://hooks.example.cn/", "types": ["a.b"]} | changes
    with pytest.raises(Refused) as refused:
        verbs.create_subscription(act(), **given)
    assert refused.value.field == field
    assert not Subscription.objects.exists()


def test_only_a_zone_administrator_manages_subscriptions(act, subscription):
    with pytest.raises(NotAllowed):
        verbs.create_subscription(act(roles=("user",)), name="n", url="https://hooks.example.cn/", types=["*"])
    with pytest.raises(Missing):
        verbs.disable_subscription(act(zone="XM"), subscription_id=subscription.pk)
    with pytest.raises(Conflict):
        verbs.create_subscription(act(), name=subscription.name, url="https://hooks.example.cn/", types=["*"])


def test_secrets_are_encrypted_at_rest(subscription):
    from django.db import connection  # noqa: PLC0415 - used here only

    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM events_subscription")
        [(stored,)] = cursor.fetchall()
    assert subscription.secret not in stored
    assert stored.startswith("gAAAA")
