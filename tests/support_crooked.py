"""Requests that no client library makes, and that no schema describes, as changes of one that is meant."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import httpx2

from support_operations import Operation, Things

JSON_TYPE = {"Content-Type": "application/json"}
Headers = Mapping[str, str | bytes]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request: its target as it stands in the first line, its body as bytes."""

    method: str
    target: str
    headers: Headers = field(default_factory=dict[str, str | bytes])
    body: bytes | None = None

    def with_headers(self, **headers: str | bytes) -> Asked:
        """The same with more headers: `Content_Type` for Content-Type."""
        return replace(self, headers={**self.headers, **{name.replace("_", "-"): one for name, one in headers.items()}})

    def with_query(self, query: str) -> Asked:
        """The same with more of a query."""
        return replace(self, target=f"{self.target}{'&' if '?' in self.target else '?'}{query}")


def meant(operation: Operation, things: Things, key: str) -> Asked:
    """The request as it is meant, under an idempotency key."""
    body = None if operation.body is None else json.dumps(operation.body(things)).encode()
    query = httpx2.QueryParams(operation.query)
    return Asked(
        method=operation.method,
        target=operation.address(things) + (f"?{query}" if operation.query else ""),
        headers={} if body is None else {"Idempotency-Key": key, **JSON_TYPE},
        body=body,
    )


def send(client: httpx2.Client, asked: Asked) -> httpx2.Response:
    """Send a request as it is."""
    headers = [
        (name.encode(), value.encode() if isinstance(value, str) else value) for name, value in asked.headers.items()
    ]
    return client.request(asked.method, asked.target, headers=headers, content=asked.body)


def _bodies(asked: Asked) -> Iterator[tuple[str, bytes]]:
    body = asked.body or b"{}"
    yield "cut short", body[:-1]
    yield "nothing", b""
    yield "blanks", b" \n\t "
    yield "null", b"null"
    yield "a list", b"[]"
    yield "a text", b'"text"'
    yield "a number", b"1e400"
    yield "NaN", b'{"x": NaN, "expected_total": NaN}'
    yield "a huge number", _with_first(body, b"1" * 5000)
    yield "a lone surrogate", _with_first(body, b'"\\ud800"')
    yield "a NUL", _with_first(body, b'"a\\u0000b"')
    yield "a NUL in a name", b'{"a\\u0000": 1}'
    yield "a surrogate in a name", b'{"\\udfff": 1}'
    yield "deeply nested", b"[" * 20_000 + b"]" * 20_000
    yield "nested in a member", _with_first(body, b"[" * 5_000 + b"]" * 5_000)
    yield "no UTF-8", _with_first(body, b'"\xff\xfe"')
    yield "UTF-16", body.decode().encode("utf-16")
    yield "a byte order mark", b"\xef\xbb\xbf" + body
    yield "a member twice", body[:-1] + b', "state": "enabled", "state": "disabled"}'
    yield "too large", _with_first(body, b'"' + b"x" * 1_100_000 + b'"')
    yield "a last day", _with_first(body, b'"9999-12-31"')
    yield "no day", _with_first(body, b'"0000-00-00"')


def _with_first(body: bytes, value: bytes) -> bytes:
    """The same body whose every member in turn would be too much; the first has this value."""
    members: dict[str, Any] = json.loads(body)
    name = next(iter(members), "reason")
    rest = b"".join(
        b", " + json.dumps(one).encode() + b": " + json.dumps(members[one]).encode() for one in members if one != name
    )
    return b"{" + json.dumps(name).encode() + b": " + value + rest + b"}"


QUERIES = {
    "an unknown parameter": "unheard_of=1",
    "a parameter twice": "limit=1&limit=2&dry_run=true&dry_run=false",
    "a NUL": "limit=%00&q=%00&cursor=%00",
    "no UTF-8": "q=%ff%fe&reference_id=%ff",
    "a surrogate": "q=%ED%A0%80&customer_id=%ED%A0%80",
    "half an escape": "limit=%&from=%4",
    "no name": "=1&&=",
    "a huge number": f"limit={'9' * 4000}",
    "a last day": "from=9999-12-31&to=9999-12-31&until=9999-12-31&on=9999-12-31&month=9999-12",
    "a first day": "from=0001-01-01&to=0001-01-01&until=0001-01-01&on=0001-01-01&month=0001-01",
    "other digits": "limit=%D9%A3&month=%D9%A2%D9%A0%D9%A2%D9%A6-01&from=%D9%A2026-01-01",
    "a cursor of another list": "cursor=WyJ4Il0",
    "a cursor of numbers": "cursor=WzFlOTk5OV0",
    "a long text": f"q={'a' * 8000}",
}
HEADERS: dict[str, Headers] = {
    "an odd request id": {"X-Request-Id": "é ü".encode("latin-1")},
    "a long request id": {"X-Request-Id": "a" * 65},
    "an odd key": {"Idempotency-Key": b"\xff\xfe"},
    "an empty key": {"Idempotency-Key": ""},
    "a long key": {"Idempotency-Key": "k" * 256},
    "an odd version": {"If-Match": 'W/"' + "9" * 40 + '"'},
    "a list of versions": {"If-Match": '"1", "2"'},
    "other digits as version": {"If-Match": "٣".encode()},
    "no patience": {"Prefer": "wait=0"},
    "too much patience": {"Prefer": "wait=" + "9" * 30},
    "another language": {"Accept": "application/xml", "Accept-Language": "x" * 200},
    "no language": {"Accept": ";;;,,q=1/"},
    "a page": {"Accept": "text/html"},
    "a table": {"Accept": "text/csv"},
    "a trace": {"traceparent": "00-" + "z" * 32 + "-0-1"},
    "a range": {"Range": "bytes=0-1"},
    "another type": {"Content-Type": "application/xml"},
    "no type": {"Content-Type": "{}/;;"},
    "another alphabet": {"Content-Type": "application/json; charset=utf-7"},
    "a form": {"Content-Type": "application/x-www-form-urlencoded"},
    "a form of no parts": {"Content-Type": "multipart/form-data"},
    "a form of odd parts": {"Content-Type": "multipart/form-data; boundary="},
    "a packing that it has not": {"Content-Encoding": "gzip"},
    "another method": {"X-HTTP-Method-Override": "DELETE"},
    "another key": {"Authorization": b"Bearer \xff\xff"},
    "two words": {"Authorization": "Bearer a b"},
}
METHODS = ("HEAD", "OPTIONS", "TRACE", "PUT", "PATCH", "POST", "DELETE", "PROPFIND", "QUERY", "get")
IN_PATH = ("%00", "%2F", "..%2f..", "%ED%A0%80", "%FF", "%", "%F0%9F%A6%84", "a" * 6000, "%E2%80%AE", "a%0Ab", ";", "*")


def crooked(operation: Operation, things: Things, key: Callable[[], str]) -> Iterator[tuple[str, Asked]]:
    """Yield what a request is made to be, and the request."""
    as_meant = meant(operation, things, key())
    for what, query in QUERIES.items():
        yield f"query: {what}", as_meant.with_query(query).with_headers(**_fresh(as_meant, key))
    for what, headers in HEADERS.items():
        renamed = {name.replace("-", "_"): value for name, value in headers.items()}
        yield f"header: {what}", as_meant.with_headers(**{**_fresh(as_meant, key), **renamed})
    for method in METHODS:
        if method != operation.method:
            yield f"method: {method}", replace(as_meant, method=method)
    for odd in IN_PATH if operation.things else ():
        yield f"path: {odd[:20]}", replace(as_meant, target=operation.address({**things, operation.things[-1]: odd}))
    if as_meant.body is not None:
        for what, body in _bodies(as_meant):
            yield f"body: {what}", replace(as_meant, body=body).with_headers(**_fresh(as_meant, key))
        yield "body: packed", replace(as_meant, body=gzip.compress(as_meant.body)).with_headers(Content_Encoding="gzip")


def _fresh(asked: Asked, key: Callable[[], str]) -> dict[str, str | bytes]:
    return {"Idempotency_Key": key()} if asked.body is not None else {}
