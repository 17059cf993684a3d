"""A zone, its administrator, an empty registry of handlers, a receiver that really listens."""

import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from standardwebhooks import Webhook

from zimao.kernel.events import handlers as registry
from zimao.kernel.events import periodic
from zimao.kernel.events.tests.acting import ActingMiddleware
from zimao.kernel.operations import Act, Actor
from zimao.kernel.parties.models import Party, User, Zone

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.fixture
def now():
    return NOW


@pytest.fixture(autouse=True)
def own_registries(monkeypatch):
    monkeypatch.setattr(registry, "_HANDLERS", {})
    monkeypatch.setattr(periodic, "_JOBS", {})


@pytest.fixture
def zone(db):
    return Zone.objects.create(code="FZ", name_zh="福州片区", name_en="Fuzhou area")


@pytest.fixture
def admin(zone):
    party = Party.objects.create(kind="person", name="管理员")
    return User.objects.create(username="admin", party=party)


@pytest.fixture
def act(admin):
    """Makes the administrator's acts, at ``NOW`` unless said otherwise."""

    def make(at=NOW, roles=("zone.admin", "user"), zone="FZ"):
        return Act(Actor(admin.pk, admin.party_id, zone, frozenset(roles), "admin"), at)

    return make


@pytest.fixture
def acting(settings):
    """Signs requests in as the given actor; pages are drawn in the portal's frame."""
    settings.ROOT_URLCONF = "zimao.kernel.events.tests.acting"
    settings.MIDDLEWARE = [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.locale.LocaleMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "zimao.kernel.events.tests.acting.ActingMiddleware",
    ]

    def sign_in(actor):
        ActingMiddleware.actor = actor

    yield sign_in
    ActingMiddleware.actor = None


class Receiver:
    """A webhook receiver on this machine: checks signatures, answers the codes it is given, then 200."""

    def __init__(self):
        self.codes, self.secret, self.seen, self.bad = [], "", [], []
        receiver = self

        class Door(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = dict(self.headers.items())
                try:
                    # the library checks the time stamp against the clock, which tests do not follow: sign anew and compare
                    receiver.check(headers, body)
                except ValueError as error:
                    receiver.bad.append(str(error))
                receiver.seen.append((headers, body))
                code = receiver.codes.pop(0) if receiver.codes else 200
                self.send_response(code)
                if code in (301, 302, 307):
                    self.send_header("Location", f"{receiver.url}/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def check(self, headers, body):
        lower = {name.lower(): value for name, value in headers.items()}
        instant = datetime.fromtimestamp(int(lower["webhook-timestamp"]), tz=UTC)
        expected = Webhook(self.secret).sign(lower["webhook-id"], instant, body.decode())
        if expected not in lower["webhook-signature"].split(" "):
            raise ValueError("wrong signature")

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receiver(settings):
    settings.EVENTS_ALLOW_NETWORKS = ("127.0.0.1/32",)
    found = Receiver()
    yield found
    found.close()


@pytest.fixture
def later():
    """The instant so many seconds after ``NOW``."""
    return lambda seconds: NOW + timedelta(seconds=seconds)
