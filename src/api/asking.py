"""From a request to the counter and back: keys, dry runs, waiting, and the answer with its status."""

from __future__ import annotations

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from api.answers import REPLAYED, Refused
from api.parts import parts_of
from api.preconditions import etag, if_match_of, key_of
from api.query import flag, parameters
from intake.asking import WAIT_SECONDS, Asking, Reply
from intake.scope import Caller

MAX_WAIT_SECONDS = 60.0
OK, CREATED, ACCEPTED = 200, 201, 202
DRY_RUN = "dry_run"
_WAIT = re.compile(r"wait=(\d{1,3})", re.ASCII)


async def asking_of(
    request: Request, caller: Caller, kind: str, body: dict[str, Any], *, subscription_id: str | None = None
) -> Asking:
    """Return what the request asks of the counter; the key is required unless this is a dry run.

    Raises:
        KeyRequired: there is no key.
        InvalidInput: an unknown query parameter.
    """
    dry_run = flag(parameters(request, DRY_RUN), DRY_RUN)
    key = None if dry_run else await key_of(request, required=request.method == "POST")
    return Asking(
        partner_id=caller.partner.id,
        actor=caller.actor,
        kind=kind,
        body=body,
        subscription_id=subscription_id,
        key=None if key is None else key.value,
        fingerprint=None if key is None else key.fingerprint,
        dry_run=dry_run,
        if_match=if_match_of(request),
        wait_seconds=wait_of(request),
    )


def wait_of(request: Request) -> float:
    """Return for how many seconds the client wants to wait (`Prefer: wait=N`), at most a minute."""
    match = _WAIT.search(request.headers.get("prefer", ""))
    return WAIT_SECONDS if match is None else min(float(match[1]), MAX_WAIT_SECONDS)


def answer_of(asking: Asking, reply: Reply, *, location: str | None = None) -> JSONResponse:
    """Return the counter's reply as a response; `location` is the collection of what was created.

    Raises:
        Refused: the rules said no.
    """
    if reply.outcome is None:
        return _accepted(reply)
    if reply.outcome.refusal is not None:
        raise Refused(reply.outcome.refusal, replayed=reply.replayed)
    body = reply.outcome.answer or {}
    headers = {REPLAYED: "true"} if reply.replayed else {}
    if location is not None and body.get("id") is not None:
        headers["Location"] = f"{location}/{body['id']}"
    if "version" in body and not asking.dry_run:
        headers["ETag"] = etag(body["version"])
    created = location is not None and not asking.dry_run
    return JSONResponse(body, status_code=CREATED if created else OK, headers=headers)


def _accepted(reply: Reply) -> JSONResponse:
    headers = {"Location": f"/v1/commands/{reply.command_id}"}
    return JSONResponse({"command_id": reply.command_id, "state": "accepted"}, status_code=ACCEPTED, headers=headers)


async def ask_counter(
    request: Request,
    caller: Caller,
    kind: str,
    body: dict[str, Any],
    *,
    subscription_id: str | None = None,
    location: str | None = None,
) -> JSONResponse:
    """Ask for a command on a subscription, or for a purchase, and return the answer."""
    asking = await asking_of(request, caller, kind, body, subscription_id=subscription_id)
    reply = await parts_of(request).counter.ask(asking)
    return answer_of(asking, reply, location=location)
