"""What every answer to a made-up request is: within the document, and a problem with the request's id if refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx2

from api.operations import FORMS
from support_contract import BrokenPromiseError, hold
from support_operations import Things

PROBLEM = "application/problem+json"
MEMBERS = ("type", "title", "status", "detail", "instance", "code", "request_id")
FIRST_REFUSAL, FIRST_FAILURE, UNREACHABLE = 400, 500, 503
WITH_HEADER = {401: "www-authenticate", 405: "allow", 429: "retry-after", 503: "retry-after"}
_CODE = re.compile(r"[a-z][a-z_]*")


def faults_of(answer: httpx2.Response, *, hidden: Things) -> Iterator[str]:
    """Yield what is wrong with an answer; `hidden` are things of which the asker must hear nothing by itself."""
    yield from _broken_promises(answer)
    if "x-request-id" not in answer.headers:
        yield "it has no X-Request-Id"
    if answer.status_code >= FIRST_FAILURE and answer.status_code != UNREACHABLE:
        yield "it is a failure"
    if answer.status_code >= FIRST_REFUSAL:
        yield from _of_refusal(answer)
    else:
        yield from _told(answer, hidden)


def _broken_promises(answer: httpx2.Response) -> Iterator[str]:
    try:
        hold(answer)
    except BrokenPromiseError as broken:
        yield str(broken).splitlines()[0]


def _of_refusal(answer: httpx2.Response) -> Iterator[str]:
    header = WITH_HEADER.get(answer.status_code)
    if header is not None and header not in answer.headers:
        yield f"it has no {header}"
    media_type = answer.headers.get("content-type", "")
    if answer.request.method == "HEAD" or (media_type.startswith("text/html") and _is_persons(answer.request)):
        return
    if media_type != PROBLEM:
        yield f"it is {media_type or 'nothing'}, no problem"
        return
    yield from _of_problem(answer, answer.json())


def _is_persons(request: httpx2.Request) -> bool:
    """Whether a page is answered: to a browser, or to a form."""
    sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return sent in FORMS or "text/html" in request.headers.get("accept", "")


def _of_problem(answer: httpx2.Response, problem: dict[str, Any]) -> Iterator[str]:
    missing = [member for member in MEMBERS if not problem.get(member)]
    if missing:
        yield f"the problem lacks {', '.join(missing)}"
        return
    said = {"status": answer.status_code, "request_id": answer.headers.get("x-request-id")}
    yield from (f"its {name} is another" for name, value in said.items() if problem[name] != value)
    if problem["type"] != f"/problems/{problem['code']}" or _CODE.fullmatch(problem["code"]) is None:
        yield f"its code is {problem['code']!r}, its type {problem['type']!r}"


def _told(answer: httpx2.Response, hidden: Things) -> Iterator[str]:
    asked = f"{answer.request.url}{answer.request.content!r}"
    told = [thing for thing, value in hidden.items() if value in answer.text and value not in asked]
    if told:
        yield f"it tells a stranger's {', '.join(told)}"
