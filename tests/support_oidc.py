"""A provider of identities as a real server on this machine, which can be told to go wrong in each way."""

from __future__ import annotations

import base64
import hmac
import json
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

CLIENT_ID, CLIENT_SECRET = "perennial:console", "a secret: of the client/"
NAME = "Example Directory"
ALGORITHMS = ["ES256", "ES384", "HS256", "RS256", "PS256"]


@dataclass
class Directory:
    """What the provider does next. `answers` are put over those of the authorization, `claims` over the token's and
    `says` over what it says of itself; with `signer` another key signs, with `secret` nothing but these bytes;
    `header` is put over the token's. `replies` are bytes with which it answers at a path, whatever is asked.
    """

    issuer: str = ""
    email: str = ""
    answers: dict[str, str | None] = field(default_factory=dict[str, "str | None"])
    claims: dict[str, Any] = field(default_factory=dict[str, Any])
    signer: Any = None
    secret: bytes = b""
    header: dict[str, Any] = field(default_factory=dict[str, Any])
    is_down: bool = False
    says: dict[str, Any] = field(default_factory=dict[str, Any])
    replies: dict[str, bytes] = field(default_factory=dict[str, bytes])
    asked: list[str] = field(default_factory=list[str])
    key: ECKey | RSAKey = field(default_factory=lambda: ECKey.generate_key("P-256", auto_kid=True))
    codes: dict[str, dict[str, str]] = field(default_factory=dict[str, "dict[str, str]"])
    complaints: list[str] = field(default_factory=list[str])

    def reset(self, email: str = "") -> None:
        """Forget what was told, and let somebody be there."""
        self.email, self.signer, self.secret, self.is_down = email, None, b"", False
        self.answers, self.claims, self.header, self.says, self.replies = {}, {}, {}, {}, {}
        self.asked.clear()
        self.complaints.clear()

    def roll_keys(self) -> None:
        """Sign with a new key from now on."""
        self.key = ECKey.generate_key("P-256", auto_kid=True)

    def discovery(self) -> dict[str, Any]:
        """What it says of itself."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            **self.says,
        }

    def is_client(self, form: dict[str, str], authorization: str) -> bool:
        """Whether the client shows its secret, in the way that the provider says that it takes."""
        if "client_secret_post" in self.says.get("token_endpoint_auth_methods_supported", []):
            return (form.get("client_id"), form.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)
        scheme, _, basic = authorization.partition(" ")
        given = base64.b64decode(basic).decode() if scheme == "Basic" else ""
        return given == f"{quote(CLIENT_ID, safe='')}:{quote(CLIENT_SECRET, safe='')}"

    def authorized(self, asked: dict[str, str]) -> str:
        """Where somebody is sent back to, who has signed in."""
        for name, wanted in {"response_type": "code", "client_id": CLIENT_ID, "code_challenge_method": "S256"}.items():
            if asked.get(name) != wanted:
                self.complaints.append(f"{name} is {asked.get(name)}")
        if "openid" not in asked["scope"].split():
            self.complaints.append("openid is not asked for")
        code = _base64(sha256(asked["state"].encode()).digest())
        self.codes[code] = asked
        answer = {"code": code, "state": asked["state"], "iss": self.issuer, **self.answers}
        return f"{asked['redirect_uri']}?{urlencode({name: one for name, one in answer.items() if one is not None})}"

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """The token for a code, once, for the client that asked for it."""
        asked = self.codes.pop(form.get("code", ""), None)
        if not self.is_client(form, authorization):
            self.complaints.append("the client does not show its secret")
            return 401, {"error": "invalid_client"}
        if asked is None or asked["redirect_uri"] != form["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        digest = _base64(sha256(form["code_verifier"].encode()).digest())
        if digest != asked["code_challenge"]:
            self.complaints.append("the verifier does not fit")
            return 400, {"error": "invalid_grant"}
        return 200, {"id_token": self._signed(asked), "token_type": "Bearer", "access_token": "unused"}

    def _signed(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "sub": "4711",
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            "email": self.email,
            "email_verified": True,
            **self.claims,
        }
        claims = {name: one for name, one in claims.items() if one is not None}
        key = self.signer or self.key
        algorithm = "HS256" if isinstance(key, OctKey) else "RS256" if isinstance(key, RSAKey) else "ES256"
        header = {"alg": algorithm, "kid": self.key.kid, **self.header}
        if header["alg"] == "none":
            return f"{_unsigned(header, claims)}."
        if self.secret:
            text = _unsigned(header | {"alg": "HS256"}, claims)
            return f"{text}.{_base64(hmac.digest(self.secret, text.encode(), 'sha256'))}"
        return jwt.encode(header, claims, key, algorithms=ALGORITHMS)


def _unsigned(header: dict[str, Any], claims: dict[str, Any]) -> str:
    return ".".join(_base64(json.dumps(one).encode()) for one in (header, claims))


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


class _Server(ThreadingHTTPServer):
    def __init__(self, found: Directory) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.found = found


class _Answering(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        found, split = self._found(), urlsplit(self.path)
        found.asked.append(split.path)
        if found.is_down:
            self._answer(503, {"error": "temporarily_unavailable"})
        elif split.path in found.replies:
            self._send(200, found.replies[split.path])
        elif split.path == "/.well-known/openid-configuration":
            self._answer(200, found.discovery())
        elif split.path == "/keys":
            self._answer(200, dict(KeySet([found.key]).as_dict(private=False)))
        elif split.path == "/authorize":
            self.send_response(302)
            asked = {name: one for name, (one, *_) in parse_qs(split.query).items()}
            self.send_header("Location", found.authorized(asked))
            self.end_headers()
        else:
            self._answer(404, {})

    def do_POST(self) -> None:
        found = self._found()
        found.asked.append(self.path)
        body = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        form = {name: one for name, (one, *_) in body.items()}
        if self.path in found.replies:
            self._send(200, found.replies[self.path])
            return
        status, answer = found.token(form, self.headers.get("Authorization", ""))
        self._answer(503 if found.is_down else status, answer)

    def _found(self) -> Directory:
        return cast("_Server", self.server).found

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        self._send(status, json.dumps(body).encode())

    def _send(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002 - the library's name


@contextmanager
def directory() -> Generator[Directory]:
    """Run a provider."""
    found = Directory()
    with _Server(found) as server:
        found.issuer = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield found
        server.shutdown()
        thread.join()
