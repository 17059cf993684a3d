"""A citizen with an address, an enterprise with an agent, and an SMS gateway."""

import threading
from datetime import date

import pytest
from django.db import transaction

from zimao.kernel.events.tests.conftest import NOW, Receiver, acting, later, now, receiver  # noqa: F401 - fixtures shared with events
from zimao.kernel.notices import NoticeTemplate, notify
from zimao.kernel.notices.sms_simulator import Gateway, serve
from zimao.kernel.operations import Act, Actor
from zimao.kernel.parties.models import Mandate, Party, User, Zone
from zimao.kernel.text import t

SECRET = "whsec_" + "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"
CORRECTION = NoticeTemplate(
    "ship_registry.correction",
    t("{owner}，请补正材料", "{owner}, please correct your materials"),
    t("请在 {until} 前补正：{what}", "Please correct by {until}: {what}"),
    headline=t("您的申请需要补正", "Your application needs a correction"),
)
VALUES = {"owner": "张三", "until": date(2026, 3, 9), "what": t("所有权证明", "proof of ownership")}


@pytest.fixture
def zone(db):
    return Zone.objects.create(code="FZ", name_zh="福州片区", name_en="Fuzhou area")


@pytest.fixture
def citizen(zone):
    party = Party.objects.create(kind="person", name="张三", email="zhang@example.cn", phone="13800000001")
    return User.objects.create(username="zhang", party=party)


@pytest.fixture
def agent(zone):
    party = Party.objects.create(kind="person", name="李四", email="li@example.cn")
    return User.objects.create(username="li", party=party)


@pytest.fixture
def enterprise(agent):
    found = Party.objects.create(kind="enterprise", name="海运公司", email="office@example.cn")
    Mandate.objects.create(
        principal=found, agent=agent.party, service="ship_registry", valid_from=date(2026, 1, 1), valid_to=date(2026, 12, 31)
    )
    return found


@pytest.fixture
def act_as():
    """Makes acts of a user, or of the platform."""

    def make(user=None, roles=("user",), at=NOW, zone="FZ"):
        return Act(Actor(user and user.pk, user and user.party_id, zone, frozenset(roles), "x"), at)

    return make


@pytest.fixture
def tell(act_as):
    """Gives notice, as a part of some operation would."""

    def give(to, dedupe="correction/1", template=CORRECTION, **changes):
        act = act_as(roles=("system",))
        with transaction.atomic():
            given = {"values": VALUES, "link": "/cases/7", "subject": "FZ-2026-0007"} | changes
            return notify(act, to=to, template=template, dedupe=dedupe, **given)

    return give


@pytest.fixture
def told(tell, citizen):
    """A notice to the citizen."""
    return tell(citizen)


@pytest.fixture
def gateway(settings):
    """An SMS gateway that really listens."""
    found = Gateway(token="t0ken", secret=SECRET)
    server = serve(found)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.SMS_GATEWAY_URL = f"http://127.0.0.1:{server.server_address[1]}"
    settings.SMS_GATEWAY_TOKEN, settings.SMS_GATEWAY_SECRET = "t0ken", SECRET
    yield found
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def no_gateway(settings):
    """No SMS channel unless a test asks for one."""
    settings.SMS_GATEWAY_URL = ""
