"""An SMS gateway to develop and test against: ``python -m zimao.kernel.notices.sms_simulator --port 9305``.

It speaks the gateway's interface over HTTP, takes time, fails when told to, and sends signed delivery receipts:

    POST /v1/messages        {"to", "text"}, headers Authorization: Bearer, Idempotency-Key -> 202 {"id", "status"}
                             the same key again answers the first message; the same key with other content is 409
    GET  /v1/messages        what was taken, newest last (a developer's telephone)
    GET  /v1/messages/<id>   one of them
    PUT  /v1/faults          {"latency": seconds, "fail_next": n (503), "refuse_next": n (400),
                              "drop_next": n (taken, but the line breaks before the answer), "receipt": "delivered" |
                              "undelivered" | "none", "receipt_latency": seconds}
    POST <receipts>          {"id", "key", "status", "at"} signed by Standard Webhooks
"""

from __future__ import annotations

import argparse
import hmac
import json
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
from standardwebhooks import Webhook

__all__ = ["Faults", "Gateway", "serve"]


@dataclass(slots=True)
class Faults:
    """What goes wrong, and how long things take (seconds)."""

    latency: float = 0.0
    fail_next: int = 0
    refuse_next: int = 0
    drop_next: int = 0
    receipt: str = "delivered"
    receipt_latency: float = 0.0


@dataclass(slots=True)
class Taken:
    """A message the gateway has taken."""

    id: str
    key: str
    to: str
    text: str
    status: str = "accepted"


@dataclass(slots=True)
class Gateway:
    """The gateway's memory and its behaviour, apart from HTTP."""

    token: str = ""
    secret: str = ""
    receipts_url: str = ""
    faults: Faults = field(default_factory=Faults)
    taken: dict[str, Taken] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, key: str, to: str, text: str) -> tuple[int, dict[str, Any], bool]:
        """Status, answer, and whether the message is new."""
        with self.lock:
            for fault, status in (("fail_next", 503), ("refuse_next", 400)):
                if getattr(self.faults, fault) > 0:
                    setattr(self.faults, fault, getattr(self.faults, fault) - 1)
                    return status, {"error": "fault switched on"}, False
            known = self.taken.get(key)
            if known is not None and (known.to, known.text) != (to, text):
                return 409, {"error": "key used for another message"}, False
            if known is None:
                self.taken[key] = Taken(f"sms-{len(self.taken) + 1}", key, to, text)
            found = self.taken[key]
            return 202, {"id": found.id, "status": found.status}, known is None

    def drops(self) -> bool:
        """True when the line is to break before this answer."""
        with self.lock:
            if self.faults.drop_next > 0:
                self.faults.drop_next -= 1
                return True
            return False

    def set_faults(self, changes: Mapping[str, Any]) -> None:
        """Switch faults on and off; TypeError for an unknown one."""
        with self.lock:
            self.faults = Faults(**(asdict(self.faults) | dict(changes)))

    def receipt(self, key: str) -> None:
        """Send the delivery receipt of a message, three tries."""
        kind = self.faults.receipt
        if kind == "none" or not self.receipts_url:
            return
        time.sleep(self.faults.receipt_latency)
        self.taken[key].status = kind
        now = datetime.now(UTC)
        body = json.dumps({"id": self.taken[key].id, "key": key, "status": kind, "at": now.isoformat()})
        headers = {
            "Content-Type": "application/json",
            "webhook-id": f"receipt-{self.taken[key].id}",
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(self.secret).sign(f"receipt-{self.taken[key].id}", now, body),
        }
        for attempt in range(3):
            try:
                if httpx.post(self.receipts_url, content=body, headers=headers, timeout=10, trust_env=False).is_success:
                    return
            except httpx.HTTPError as error:
                sys.stderr.write(f"receipt not taken: {error}\n")
            time.sleep(0.2 * (attempt + 1))


class _Door(BaseHTTPRequestHandler):
    gateway: Gateway
    protocol_version = "HTTP/1.1"

    def _answer(self, status: int, body: object) -> None:
        content = json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _body(self) -> dict[str, Any]:
        found = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        if not isinstance(found, dict):
            raise TypeError("an object is expected")
        return found

    def do_POST(self) -> None:
        gateway = self.gateway
        try:
            body = self._body()
            to, text = str(body["to"]), str(body["text"])
        except (ValueError, KeyError, TypeError):
            return self._answer(400, {"error": "to and text are required"})
        if self.path != "/v1/messages":
            return self._answer(404, {"error": "no such address"})
        if not hmac.compare_digest(self.headers.get("Authorization", "").encode(), f"Bearer {gateway.token}".encode()):
            return self._answer(401, {"error": "wrong token"})
        key = self.headers.get("Idempotency-Key", "")
        if not key:
            return self._answer(400, {"error": "Idempotency-Key is required"})
        time.sleep(gateway.faults.latency)
        status, answer, is_new = gateway.take(key, to, text)
        if is_new:
            threading.Thread(target=gateway.receipt, args=(key,), daemon=True).start()
        if status == 202 and gateway.drops():
            self.close_connection = True
            self.connection.close()
            return None
        return self._answer(status, answer)

    def do_GET(self) -> None:
        if self.path == "/v1/messages":
            return self._answer(200, [asdict(message) for message in self.gateway.taken.values()])
        wanted = self.path.removeprefix("/v1/messages/")
        found = next((asdict(message) for message in self.gateway.taken.values() if message.id == wanted), None)
        return self._answer(200 if found else 404, found or {"error": "no such message"})

    def do_PUT(self) -> None:
        if self.path != "/v1/faults":
            return self._answer(404, {"error": "no such address"})
        try:
            self.gateway.set_faults(self._body())
        except (ValueError, TypeError) as error:
            return self._answer(400, {"error": str(error)})
        return self._answer(200, asdict(self.gateway.faults))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        sys.stderr.write(f"sms gateway: {format % args}\n")


def serve(gateway: Gateway, host: str = "127.0.0.1", port: int = 0) -> ThreadingHTTPServer:
    """A server for ``gateway``, not yet running; port 0 takes a free one."""
    return ThreadingHTTPServer((host, port), type("Door", (_Door,), {"gateway": gateway}))


def main() -> None:
    """The process."""
    parser = argparse.ArgumentParser(description="短信网关模拟器 / SMS gateway simulator")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9305)
    parser.add_argument("--token", default="", help="Bearer token that clients must show")
    parser.add_argument("--secret", default="", help="whsec_... that receipts are signed with")
    parser.add_argument("--receipts", default="", help="where receipts go, e.g. http://127.0.0.1:8000/notices/sms-receipts")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    given = parser.parse_args()
    if given.receipts and not given.secret:
        parser.error("--receipts needs --secret: receipts are signed")
    server = serve(Gateway(given.token, given.secret, given.receipts, Faults(latency=given.latency)), given.host, given.port)
    sys.stderr.write(f"sms gateway: http://{given.host}:{server.server_address[1]}\n")
    server.serve_forever()


if __name__ == "__main__":
    main()
