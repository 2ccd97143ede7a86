"""The request for the agreement: sending it again, and asking somebody else."""

from __future__ import annotations

from starlette.responses import Response

from console.desk import Problem
from console.door import page
from console.paths import SUBSCRIPTIONS
from console.subscribed import not_now, subscribed
from console.visit import Visit
from storage.ids import new_id

FIELD = "eca_acceptor_email"


async def show_resend(visit: Visit) -> Response:
    """Ask whether the request is to be sent again."""
    return await _asked(visit, "resend_eca", "subscription/resend.html")


async def resend(visit: Visit) -> Response:
    """Send the request again, with a new link."""
    path = f"/v1/subscriptions/{visit.path('id')}/eca/resend"
    try:
        answer = await visit.desk.ask("POST", path, {}, key=_key(visit))
    except Problem as problem:
        return await _asked(visit, "resend_eca", "subscription/resend.html", problem)
    return _back(visit, "eca-resent" if answer.is_final else "accepted")


async def show_acceptor(visit: Visit) -> Response:
    """Show the form that asks somebody else."""
    return await _asked(visit, "change_acceptor", "subscription/acceptor.html")


async def change_acceptor(visit: Visit) -> Response:
    """Ask somebody else."""
    path = f"/v1/subscriptions/{visit.path('id')}/eca/acceptor"
    try:
        answer = await visit.desk.ask("PUT", path, {FIELD: visit.entered(FIELD)}, key=_key(visit))
    except Problem as problem:
        return await _asked(visit, "change_acceptor", "subscription/acceptor.html", problem)
    return _back(visit, "acceptor-changed" if answer.is_final else "accepted")


async def _asked(visit: Visit, command: str, template: str, problem: Problem | None = None) -> Response:
    seen = await subscribed(visit)
    if (refused := not_now(visit, seen, command)) is not None:
        return refused
    return visit.show(
        template,
        status=200 if problem is None else problem.status,
        seen=seen,
        eca=seen.facts["eca"],
        key=new_id("drf"),
        email=visit.entered(FIELD),
        errors={} if problem is None else problem.errors,
        problem="" if problem is None or problem.errors else problem.detail,
    )


def _key(visit: Visit) -> str:
    return visit.entered("key") or new_id("drf")


def _back(visit: Visit, done: str) -> Response:
    return visit.go(f"{SUBSCRIPTIONS}/{visit.path('id')}", done=done)


_PLACE = f"{SUBSCRIPTIONS}/{{id}}/eca"
ROUTES = (
    page(f"{_PLACE}/resend", show_resend, scope="write"),
    page(f"{_PLACE}/resend", resend, scope="write", methods=("POST",)),
    page(f"{_PLACE}/acceptor", show_acceptor, scope="write"),
    page(f"{_PLACE}/acceptor", change_acceptor, scope="write", methods=("POST",)),
)
