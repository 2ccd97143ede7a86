from __future__ import annotations

import pytest
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from console.exchange import Inquiry, Reply, exchanged

ASKED = Inquiry(
    method="POST",
    path="/v1/things/50% ü?",
    query={"name": "ä&b"},
    headers={"X-Request-Id": "req_1"},
    body=b"[1, 2]",
)


async def _asked(program: ASGIApp) -> Reply:
    return await exchanged(program, ASKED.scope(), ASKED.body)


async def test_a_program_sees_the_request_and_its_answer_comes_back_whole() -> None:
    async def program(scope: Scope, receive: Receive, send: Send) -> None:
        said = await receive()
        seen = {"path": scope["path"], "raw": scope["raw_path"].decode(), "query": scope["query_string"].decode()}
        headers = dict(scope["headers"])
        assert (said["body"], said["more_body"]) == (b"[1, 2]", False)
        assert (headers[b"content-length"], headers[b"x-request-id"]) == (b"6", b"req_1")
        await JSONResponse(seen, 201, {"ETag": "one"})(scope, receive, send)

    reply = await _asked(program)

    assert (reply.status, reply.headers["etag"]) == (201, "one")
    assert (
        reply.body
        == b'{"path":"/v1/things/50% \xc3\xbc?","raw":"/v1/things/50%25%20%C3%BC%3F","query":"name=%C3%A4%26b"}'
    )


async def test_who_asks_on_hears_of_the_end_when_all_was_sent() -> None:
    heard: list[str] = []

    async def program(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await PlainTextResponse("all")(scope, receive, send)
        heard.append((await receive())["type"])

    assert (await _asked(program)).body == b"all"
    assert heard == ["http.disconnect"]


async def test_a_failure_that_was_answered_is_that_answer() -> None:
    async def program(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("broken", 500)(scope, receive, send)
        raise ZeroDivisionError

    assert (await _asked(program)).status == 500


async def test_a_failure_without_an_answer_stays_a_failure() -> None:
    async def program(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await _asked(program)


async def test_an_answer_that_stops_in_the_middle_is_none() -> None:
    async def program(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})

    with pytest.raises(RuntimeError, match="was not answered"):
        await _asked(program)
