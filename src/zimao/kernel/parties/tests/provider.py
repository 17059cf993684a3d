"""An OpenID provider that really listens: discovery, authorize, token, keys, user info, with faults to switch on."""

import base64
import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "zimao-test", "client-secret"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Provider:
    """Signs ``claims`` for whoever comes with a code it gave out; ``fault`` names what it does wrong."""

    def __init__(self):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        self.claims = {
            "sub": "s-1",
            "name": "陈远航",
            "kind": "person",
            "scheme": "resident_id",
            "number": "350102199108040311",
            "locale": "zh",
        }
        self.id_claims = {}
        self.fault = ""
        self.codes = {}
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def authorize(self, query):
        code = f"code-{len(self.codes)}"
        self.codes[code] = {name: values[0] for name, values in query.items()}
        return f"{self.codes[code]['redirect_uri']}?{urlencode({'code': code, 'state': self.codes[code]['state']})}"

    def token(self, form):
        asked = self.codes.pop(form["code"][0], None)
        digest = hashlib.sha256(form["code_verifier"][0].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked is None or challenge != asked["code_challenge"] or form["client_secret"][0] != SECRET:
            return None
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "sub": self.claims["sub"], "nonce": asked["nonce"], "iat": now, "exp": now + 300}
        claims |= self.id_claims
        claims |= {
            "issuer": {"iss": "http://evil"},
            "audience": {"aud": "other"},
            "nonce": {"nonce": "n"},
            "expired": {"exp": now - 60},
        }.get(self.fault, {})
        key = OTHER_KEY if self.fault == "signature" else KEY
        signed = jwt.encode(claims, key, "RS256", headers={"kid": "k1"})
        return {"access_token": "at", "token_type": "Bearer", "id_token": signed}

    def metadata(self):
        names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "userinfo_endpoint": "userinfo", "jwks_uri": "keys"}
        issuer = "http://evil" if self.fault == "discovery" else self.issuer
        return {"issuer": issuer} | {name: f"{self.issuer}/{path}" for name, path in names.items()}

    def keys(self):
        jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
        return {"keys": [{**jwk, "kid": "k1", "alg": "RS256", "use": "sig"}]}


def _handler(provider):
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def answer(self, found, status=200):
            body = json.dumps(found).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self):
            parts = urlsplit(self.path)
            if parts.path == "/authorize":
                self.send_response(302)
                self.send_header("Location", provider.authorize(parse_qs(parts.query)))
                self.end_headers()
            elif parts.path == "/userinfo":
                good = self.headers["Authorization"] == "Bearer at"
                info = {**provider.claims, "sub": "s-2"} if provider.fault == "userinfo" else provider.claims
                self.answer(info if good else {}, 200 if good else 401)
            else:
                self.answer(provider.keys() if parts.path == "/keys" else provider.metadata())

        def do_POST(self):
            found = provider.token(parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            if provider.fault == "silent":
                self.answer({"error": "server_error"}, 500)
            else:
                self.answer(found or {"error": "invalid_grant"}, 200 if found else 400)

    return Handler
