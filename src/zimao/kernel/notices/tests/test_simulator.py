"""The SMS simulator as the process that it is, against a server that really listens."""

import os
import subprocess
import sys
import time

import httpx
import pytest
from django.utils import timezone

from zimao.kernel.notices import send_due
from zimao.kernel.notices.models import Sending
from zimao.kernel.notices.tests.conftest import SECRET


@pytest.fixture
def process(live_server, settings):
    """``python -m ...sms_simulator``, with receipts to the live server."""
    options = ["--port", "0", "--token", "t", "--secret", SECRET, "--receipts", f"{live_server.url}/notices/sms-receipts"]
    path = os.pathsep.join(sys.path)
    command = [sys.executable, "-m", "zimao.kernel.notices.sms_simulator", *options]
    started = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": path})
    try:
        settings.SMS_GATEWAY_URL = started.stderr.readline().split("gateway:")[1].strip()
        settings.SMS_GATEWAY_TOKEN, settings.SMS_GATEWAY_SECRET = "t", SECRET
        yield settings.SMS_GATEWAY_URL
    finally:
        started.terminate()
        started.wait(10)


def settled(wanted):
    """Wait until the sending is in the wanted state."""
    for _ in range(200):
        if Sending.objects.get().state == wanted:
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def without_mail(citizen):
    """The citizen can be reached by SMS only."""
    citizen.party.email = ""
    citizen.party.save()
    return citizen


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("acting")
@pytest.mark.parametrize(("receipt", "state"), [("delivered", "delivered"), ("undelivered", "dead")])
def test_from_notice_to_receipt(process, tell, without_mail, receipt, state):
    faults = {"latency": 0.01, "fail_next": 1, "receipt": receipt, "receipt_latency": 0.05}
    assert httpx.put(f"{process}/v1/faults", json=faults).json()["receipt"] == receipt
    tell(without_mail)
    now = timezone.now()
    assert send_due(now, lambda: False) == 1
    assert Sending.objects.get().state == "pending"
    Sending.objects.update(next_at=now)
    assert send_due(now, lambda: False) == 1
    assert settled(state)
    [message] = httpx.get(f"{process}/v1/messages").json()
    assert message["to"] == "13800000001"
    assert httpx.get(f"{process}/v1/messages/{message['id']}").json()["status"] == receipt


@pytest.mark.django_db(transaction=True)
def test_the_gateways_interface(acting, process):
    post = f"{process}/v1/messages"
    head = {"Authorization": "Bearer t", "Idempotency-Key": "k"}
    assert httpx.post(post, json={"to": "1"}, headers=head).status_code == 400
    assert httpx.post(post, json={"to": "1", "text": "x"}, headers=head | {"Authorization": "Bearer no"}).status_code == 401
    assert httpx.post(post, json={"to": "1", "text": "x"}, headers={"Authorization": "Bearer t"}).status_code == 400
    first = httpx.post(post, json={"to": "1", "text": "x"}, headers=head)
    again = httpx.post(post, json={"to": "1", "text": "x"}, headers=head)
    assert (first.status_code, first.json()["id"]) == (202, again.json()["id"])
    assert httpx.post(post, json={"to": "1", "text": "other"}, headers=head).status_code == 409
    assert httpx.put(f"{process}/v1/faults", json={"nonsense": 1}).status_code == 400
    assert httpx.get(f"{process}/v1/messages/none").status_code == 404
    assert httpx.post(f"{process}/elsewhere", json={"to": "1", "text": "x"}, headers=head).status_code == 404
