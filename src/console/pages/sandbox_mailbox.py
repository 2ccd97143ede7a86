"""The sandbox's mailbox: every mail about what the user may see, the last to arrive first."""

from __future__ import annotations

import re

from markupsafe import Markup, escape
from starlette.exceptions import HTTPException
from starlette.responses import Response

from console.door import page
from console.paths import SANDBOX
from console.rendering import addressed
from console.visit import Visit

MAILBOX = f"{SANDBOX}/mailbox"
FILTERS = ("subscription_id", "invoice_id", "kind", "to")
PAGE = 25
NOT_FOUND = 404
_LINK = re.compile(r"https?://[^\s<>\"']+")


async def show(visit: Visit) -> Response:
    """Show mails, narrowed by what the address says."""
    if not visit.parts.sandbox:
        raise HTTPException(NOT_FOUND)
    wanted = {name: visit.query(name) for name in FILTERS}
    found = await visit.desk.get("/v1/sandbox/mailbox", {**wanted, "limit": PAGE, "cursor": visit.query("cursor")})
    following = found["next_cursor"]
    return visit.show(
        "sandbox/mailbox.html",
        mails=[{**mail, "text": with_links(mail["text"])} for mail in found["data"]],
        wanted=wanted,
        first=addressed(MAILBOX, **wanted) if visit.query("cursor") else "",
        next=addressed(MAILBOX, **wanted, cursor=following) if following else "",
    )


def with_links(text: str) -> Markup:
    """Return a mail's text, whatever is in it as text, and its addresses as links."""
    parts: list[Markup] = []
    end = 0
    for link in _LINK.finditer(text):
        parts += [escape(text[end : link.start()]), Markup('<a href="{0}">{0}</a>').format(link[0])]
        end = link.end()
    return Markup("").join([*parts, escape(text[end:])])


ROUTES = (page(MAILBOX, show, scope="write"),)
