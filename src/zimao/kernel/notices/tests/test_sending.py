"""Sending: once on each channel, whatever breaks."""

import json
import smtplib
import threading
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends import locmem
from django.db import connection

from zimao.kernel.errors import Conflict, Missing, NotAllowed
from zimao.kernel.notices import channels, operations, send_due
from zimao.kernel.notices.models import Hook, Sending
from zimao.kernel.notices.tests.conftest import NOW, SECRET

pytestmark = pytest.mark.django_db
State = Sending.State


def send(seconds=0):
    return send_due(NOW + timedelta(seconds=seconds), lambda: False)


def only():
    return Sending.objects.get()


def test_an_email_names_the_case_and_nobody(tell, citizen, settings):
    notice = tell(citizen)
    assert send() == 1
    assert send(1) == 0
    [message] = mail.outbox
    assert message.to == ["zhang@example.cn"]
    assert message.subject == "您的申请需要补正"
    text = f"{message.subject} {message.body}"
    assert "FZ-2026-0007" in text
    assert f"{settings.PUBLIC_URL}/cases/7" in text
    assert not any(word in text for word in ("张三", "所有权", "zhang"))
    assert (only().state, only().sent_at) == (State.SENT, NOW)
    assert message.extra_headers["Message-ID"].startswith(f"<notice-{notice.pk}-email@")


def test_an_english_reader_is_written_to_in_english(tell, citizen):
    citizen.language = "en"
    citizen.save()
    tell(citizen)
    send()
    assert mail.outbox[0].subject == "Your application needs a correction"
    assert "Case number: FZ-2026-0007" in mail.outbox[0].body


class Killed(BaseException):
    """The process is gone."""


def test_an_email_broken_off_by_a_crash_is_not_sent_again_by_itself(tell, citizen, act_as, monkeypatch):
    tell(citizen)

    def sent_then_killed(self, messages):
        mail.outbox.extend(messages)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(locmem.EmailBackend, "send_messages", sent_then_killed)
        with pytest.raises(Killed):
            send()
    assert send(10) == 0, "the dead worker's lease still holds"
    assert send(400) == 0
    assert (len(mail.outbox), only().state) == (1, State.UNKNOWN)
    with pytest.raises(Missing):
        operations.retry_sending(act_as(roles=("zone.admin",), zone="XM"), sending_id=only().pk)
    operations.retry_sending(act_as(roles=("zone.admin",)), sending_id=only().pk)
    assert send(401) == 1
    assert (len(mail.outbox), only().state) == (2, State.SENT)
    with pytest.raises(Conflict):
        operations.retry_sending(act_as(roles=("zone.admin",)), sending_id=only().pk)


@pytest.mark.parametrize(
    ("where", "error", "state"),
    [
        ("open", ConnectionRefusedError("no server"), State.PENDING),
        ("open", smtplib.SMTPAuthenticationError(535, b"no"), State.PENDING),
        ("send_messages", smtplib.SMTPDataError(451, b"later"), State.PENDING),
        ("send_messages", smtplib.SMTPDataError(554, b"spam"), State.DEAD),
        ("send_messages", smtplib.SMTPRecipientsRefused({}), State.DEAD),
        ("send_messages", TimeoutError("in the middle"), State.UNKNOWN),
        ("send_messages", smtplib.SMTPServerDisconnected("in the middle"), State.UNKNOWN),
        ("send_messages", RuntimeError("ours"), State.UNKNOWN),
    ],
)
def test_what_a_mail_error_means(where, error, state, told, monkeypatch):
    def broken(*_):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(locmem.EmailBackend, where, broken)
        send()
    assert (only().state, only().attempts) == (state, 1)
    assert only().error
    send(15)
    assert len(mail.outbox) == (1 if state == State.PENDING else 0)


def test_retries_end(tell, citizen, monkeypatch, settings):
    settings.NOTICES_RETRIES = (1, 1)

    def broken(_):
        raise ConnectionRefusedError

    monkeypatch.setattr(locmem.EmailBackend, "open", broken)
    tell(citizen)
    for seconds in (0, 5, 10, 15):
        send(seconds)
    assert (only().state, only().attempts) == (State.DEAD, 3)


@pytest.fixture
def texted(tell, citizen, gateway):
    """A notice that goes by SMS only."""
    citizen.party.email = ""
    citizen.party.save()
    return tell(citizen)


def test_an_sms_is_taken_by_the_gateway(texted, gateway):
    send()
    [message] = gateway.taken.values()
    assert message.to == "13800000001"
    assert "FZ-2026-0007" in message.text
    assert "张三" not in message.text
    assert (only().state, only().provider_id) == (State.SENT, "sms-1")


@pytest.mark.parametrize("fault", ["fail_next", "drop_next"])
def test_a_gateway_that_fails_or_breaks_off_gets_the_sms_once(fault, texted, gateway):
    """With drop_next the gateway has taken the message before the line breaks: the key makes the second attempt harmless."""
    gateway.set_faults({fault: 2})
    for seconds in (0, 15, 100):
        send(seconds)
    assert (only().state, only().attempts, len(gateway.taken)) == (State.SENT, 3, 1)


def test_a_crash_while_texting_is_taken_up_again(texted, gateway, monkeypatch):
    real = channels.httpx.post

    def taken_then_killed(*args, **kwargs):
        real(*args, **kwargs)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(channels.httpx, "post", taken_then_killed)
        with pytest.raises(Killed):
            send()
    assert send(400) == 1
    assert (only().state, len(gateway.taken)) == (State.SENT, 1)


def test_what_the_gateway_refuses_is_not_tried_again(texted, gateway):
    gateway.set_faults({"refuse_next": 1})
    send()
    assert (only().state, only().error) == (State.DEAD, "HTTP 400")
    assert send(3600) == 0


def test_a_wrong_token_is_refused(texted, gateway, settings):
    settings.SMS_GATEWAY_TOKEN = "wrong"
    send()
    assert (only().state, only().error) == (State.DEAD, "HTTP 401")


def test_a_webhook_gets_a_signed_cloudevent_without_names(tell, citizen, receiver):
    citizen.party.email = ""
    citizen.party.save()
    Hook.objects.create(party=citizen.party, url=receiver.url, secret=SECRET, created_at=NOW)
    receiver.secret = SECRET
    receiver.codes = [500]
    notice = tell(citizen)
    send()
    send(15)
    assert only().state == State.SENT
    assert receiver.bad == []
    assert {headers["webhook-id"] for headers, _ in receiver.seen} == {f"notice-{notice.pk}-webhook"}
    event = json.loads(receiver.seen[1][1])
    assert (event["type"], event["subject"]) == ("notices.created", "FZ-2026-0007")
    assert event["data"]["headline"] == {"zh": "您的申请需要补正", "en": "Your application needs a correction"}
    assert "张三" not in receiver.seen[1][1].decode()


def test_a_stopping_worker_gives_back_what_it_has_not_tried(tell, citizen):
    for n in range(3):
        tell(citizen, dedupe=str(n))
    assert send_due(NOW, lambda: len(mail.outbox) >= 1) == 1
    assert set(Sending.objects.filter(state=State.PENDING).values_list("attempts", "leased_until")) == {(0, None)}
    assert send() == 2


@pytest.mark.django_db(transaction=True)
def test_several_senders_send_each_once(tell, citizen):
    for n in range(12):
        tell(citizen, dedupe=str(n))
    troubles = []

    def work():
        try:
            while send():
                pass
        except Exception as error:
            troubles.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert troubles == []
    ids = [message.extra_headers["Message-ID"] for message in mail.outbox]
    assert (len(ids), len(set(ids))) == (12, 12)


@pytest.mark.parametrize(("delivered", "state"), [(True, State.DELIVERED), (False, State.DEAD)])
def test_a_receipt_settles_an_sms(texted, gateway, act_as, delivered, state):
    send()
    act = act_as(roles=(operations.GATEWAY_ROLE,))
    assert operations.record_receipt(act, key=only().key, delivered=delivered, at=NOW)
    assert only().state == state
    assert operations.record_receipt(act, key=only().key, delivered=True, at=NOW) is not delivered


def test_a_receipt_that_comes_before_the_answer_is_kept(texted, gateway, act_as, monkeypatch):
    real = channels.send_sms

    def receipt_first(sending, now):
        provider_id = real(sending, now)
        operations.record_receipt(act_as(roles=(operations.GATEWAY_ROLE,)), key=sending.key, delivered=True, at=NOW)
        return provider_id

    monkeypatch.setitem(channels.CHANNELS, "sms", channels.Way(receipt_first, recognises=True))
    send()
    assert (only().state, only().provider_id, only().leased_until) == (State.DELIVERED, "sms-1", None)


@pytest.mark.parametrize("key", ["", "notice-x-sms", "notice-1-email", "notice-999999-sms", "notice-1-sms-2", "notice-²-sms"])
def test_receipts_for_what_was_not_sent_change_nothing(key, texted, act_as):
    assert not operations.record_receipt(act_as(roles=(operations.GATEWAY_ROLE,)), key=key, delivered=True, at=NOW)
    assert only().state == State.PENDING


def test_only_the_gateway_records_receipts(texted, act_as):
    with pytest.raises(NotAllowed):
        operations.record_receipt(act_as(roles=("zone.admin",)), key=only().key, delivered=True, at=NOW)
