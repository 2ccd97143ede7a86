"""The Python client at a running product, straight or through a proxy that makes trouble."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx2

from perennial_client import Perennial, Retries, models
from support_product import Json, Running, Seat, customer_body

# Loopback without TLS: reading the machine's certificates for each client would cost more than its requests.
WITHOUT_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
OF_EACH_CONNECTION = {"content-length", "date", "server", "transfer-encoding", "connection"}
QUICK = Retries(times=4, first_pause=0.01, longest_pause=0.05, within=30)
PROFESSIONAL: Json = {"term_months": 12, "clm_tier": "professional", "renewal_mode": "auto"}


def client_of(seat: Seat, *, base_url: str | None = None, retries: Retries = QUICK) -> Perennial:
    """A client with a seat's key."""
    http = httpx2.Client(verify=WITHOUT_CERTIFICATES)
    return Perennial(
        base_url=base_url or seat.running.base_url, api_key=key_of(seat), retries=retries, http_client=http
    )


def key_of(seat: Seat) -> str:
    """The text of a seat's key."""
    return seat.http.headers["authorization"].removeprefix("Bearer ")


def bought(perennial: Perennial, **changes: Any) -> models.CommandAnswer:
    """A subscription of a new customer, unless another is given."""
    of_whom: Json = (
        {} if "customer_id" in changes else {"customer_id": perennial.customers.create(**customer_body()).id}
    )
    return perennial.subscriptions.create(
        **of_whom,
        **PROFESSIONAL,
        offering="dv-automation",
        inventory=[{"product": "tls-dv-single", "quantity": 5}],
        **changes,
    )


@dataclass(frozen=True)
class Says:
    """A trouble: the proxy answers by itself, and the product gets nothing."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""


# The other troubles: the connection is cut when the product has answered, or before it got the request.
Trouble = Says | Literal["cut after", "cut before"]


@dataclass
class Proxy:
    """A real HTTP proxy before the product: each request that comes takes the next trouble, while there are some."""

    target: str
    troubles: list[Trouble] = field(default_factory=list[Trouble])
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list[tuple[str, str, dict[str, str]]])
    url: str = ""

    def next_trouble(self) -> Trouble | None:
        """The trouble of the request that comes now."""
        return self.troubles.pop(0) if self.troubles else None

    def keys(self) -> list[str]:
        """The idempotency keys of the changes that came, in order."""
        return [headers["idempotency-key"] for _, _, headers in self.requests if "idempotency-key" in headers]


@contextmanager
def proxied(running: Running, *troubles: Trouble) -> Generator[Proxy]:
    """A proxy before a running product that makes these troubles in turn."""
    proxy = Proxy(running.base_url, list(troubles))
    server = _Door(proxy)
    proxy.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Door(ThreadingHTTPServer):
    """Where the proxy listens."""

    def __init__(self, proxy: Proxy) -> None:
        super().__init__(("127.0.0.1", 0), _Relay)
        self.proxy = proxy


class _Relay(BaseHTTPRequestHandler):
    """One connection to the proxy."""

    protocol_version = "HTTP/1.1"

    def relay(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        given = {name.lower(): value for name, value in self.headers.items()}
        assert isinstance(self.server, _Door)
        proxy = self.server.proxy
        proxy.requests.append((self.command, self.path, given))
        trouble = proxy.next_trouble()
        if isinstance(trouble, Says):
            self.say(trouble)
        elif trouble == "cut before":
            self.cut()
        else:
            answer = _asked(proxy.target, self.command, self.path, given, body)
            self.cut() if trouble == "cut after" else self.say(answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = relay  # noqa: N815 # The server asks for these names.

    def cut(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def say(self, answer: Says) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            if name.lower() not in OF_EACH_CONNECTION:
                self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 # The server's own name.
        """Log nothing."""


def _asked(target: str, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Says:
    connection = HTTPConnection(urlsplit(target).netloc, timeout=60)
    kept = {name: value for name, value in headers.items() if name not in {"host", "connection"}}
    connection.request(method, path, body=body or None, headers=kept)
    answer = connection.getresponse()
    found = Says(answer.status, dict(answer.getheaders()), answer.read())
    connection.close()
    return found
