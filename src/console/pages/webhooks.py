"""A partner's webhooks: where its own systems are told of events."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from console.desk import Problem
from console.door import page
from console.partner_area import admin_form, admin_page, confirmation, names_of, new_key, with_partners
from console.paths import PARTNER
from console.visit import Visit
from lifecycle.event_portrait import EVENT_KINDS

WEBHOOKS = f"{PARTNER}/webhooks"
DELETED_MEANS = (
    "Nothing more is told to this address. What it is still owed is given up.",
    "Its secret ends with it. A new webhook gets another one.",
)
DISABLED_MEANS = ("Nothing more is told to this address until you enable it. What it is still owed is given up.",)
ENABLED_MEANS = ("It is told of everything from now on. What happened meanwhile is in the feed of events.",)
ROTATED_MEANS = (
    "The new secret is shown once, on the next page.",
    "For the hours below each message is signed with both, so that your receiver can change over without a gap.",
)


async def show_list(visit: Visit) -> Response:
    """Show the webhooks, newest first."""
    found, partners = await with_partners(visit, "/v1/webhooks", {"cursor": visit.query("cursor")})
    facts: dict[str, Any] = {
        "webhooks": found["data"],
        "next_cursor": found["next_cursor"],
        "names": names_of(partners),
    }
    return visit.show("partner/webhooks.html", **facts)


async def show_new(visit: Visit) -> Response:
    """Show an empty form."""
    return _form(visit, {"url": "", "description": "", "kinds": []}, {}, where=_NEW_FORM)


async def add(visit: Visit) -> Response:
    """Add a webhook, and show its secret, once."""
    entries = _entered(visit)
    try:
        answer = await visit.desk.ask("POST", "/v1/webhooks", _body(entries), key=visit.entered("key"))
    except Problem as problem:
        return _form(visit, entries, problem.errors, where=_NEW_FORM, problem=problem)
    return visit.show("partner/webhook_secret.html", webhook=answer.body)


async def show_edit(visit: Visit) -> Response:
    """Show the form with what is stored."""
    webhook = await _asked(visit)
    entries: dict[str, Any] = {
        "url": webhook["url"],
        "description": webhook["description"] or "",
        "kinds": webhook["kinds"] or [],
    }
    return _form(visit, entries, {}, where=_edit_form(visit))


async def change(visit: Visit) -> Response:
    """Store what was entered."""
    entries = _entered(visit)
    try:
        await visit.desk.ask("PATCH", _address(visit), _body(entries), key=visit.entered("key"))
    except Problem as problem:
        return _form(visit, entries, problem.errors, where=_edit_form(visit), problem=problem)
    return visit.go(_page(visit), done="saved")


async def confirm(visit: Visit) -> Response:
    """Say what one of the acts means: `disable`, `enable`, `delete` or `rotate`."""
    act, webhook = visit.request.url.path.rpartition("/")[2], await _asked(visit)
    heading, says, button, is_danger = {
        "disable": ("Disable this webhook?", DISABLED_MEANS, "Disable", True),
        "enable": ("Enable this webhook?", ENABLED_MEANS, "Enable", False),
        "delete": ("Delete this webhook?", DELETED_MEANS, "Delete", True),
        "rotate": ("Give this webhook a new secret?", ROTATED_MEANS, "Make a new secret", False),
    }[act]
    facts: dict[str, Any] = {
        "heading": heading,
        "says": says,
        "button": button,
        "is_danger": is_danger,
        "hours": act == "rotate",
    }
    return confirmation(visit, about=webhook["url"], path=f"{_page(visit)}/{act}", back=_page(visit), **facts)


async def disable(visit: Visit) -> Response:
    """Tell it nothing more."""
    await visit.desk.ask("PATCH", _address(visit), {"state": "disabled"}, key=visit.entered("key"))
    return visit.go(_page(visit), done="disabled-partner")


async def enable(visit: Visit) -> Response:
    """Tell it again."""
    await visit.desk.ask("PATCH", _address(visit), {"state": "enabled"}, key=visit.entered("key"))
    return visit.go(_page(visit), done="enabled-partner")


async def delete(visit: Visit) -> Response:
    """End it."""
    await visit.desk.ask("DELETE", _address(visit), key=visit.entered("key"))
    return visit.go(WEBHOOKS, done="removed")


async def rotate(visit: Visit) -> Response:
    """Give it a new secret, and show it."""
    hours = visit.entered("overlap_hours")
    body = {"overlap_hours": int(hours) if hours.isascii() and hours.isdigit() else hours}
    answer = await visit.desk.ask("POST", f"{_address(visit)}/rotate-secret", body, key=visit.entered("key"))
    return visit.show("partner/webhook_secret.html", webhook=answer.body)


def _entered(visit: Visit) -> dict[str, Any]:
    return {
        "url": visit.entered("url"),
        "description": visit.entered("description"),
        "kinds": visit.entered_all("kinds"),
    }


def _body(entries: dict[str, Any]) -> dict[str, Any]:
    return {**entries, "description": entries["description"] or None, "kinds": entries["kinds"] or None}


_NEW_FORM = {"path": f"{WEBHOOKS}/new", "back": WEBHOOKS}


def _edit_form(visit: Visit) -> dict[str, str]:
    return {"path": f"{_page(visit)}/edit", "back": _page(visit)}


def _form(
    visit: Visit, entries: Any, errors: Any, *, where: dict[str, str], problem: Problem | None = None
) -> Response:
    status, detail = (200, "") if problem is None else (problem.status, problem.detail)
    facts: dict[str, Any] = {**where, "entries": entries, "errors": errors, "problem": detail, "key": new_key()}
    return visit.show("partner/webhook_edit.html", status=status, all_kinds=EVENT_KINDS, **facts)


async def _asked(visit: Visit) -> Any:
    return await visit.desk.get(_address(visit))


def _address(visit: Visit) -> str:
    return f"/v1/webhooks/{visit.path('webhook_id')}"


def _page(visit: Visit) -> str:
    return f"{WEBHOOKS}/{visit.path('webhook_id')}"


_ONE = f"{WEBHOOKS}/{{webhook_id}}"
ROUTES = (
    page(WEBHOOKS, show_list),
    admin_page(f"{WEBHOOKS}/new", show_new),
    admin_form(f"{WEBHOOKS}/new", add),
    admin_page(f"{_ONE}/edit", show_edit),
    admin_form(f"{_ONE}/edit", change),
    *(admin_page(f"{_ONE}/{act}", confirm) for act in ("disable", "enable", "delete", "rotate")),
    admin_form(f"{_ONE}/disable", disable),
    admin_form(f"{_ONE}/enable", enable),
    admin_form(f"{_ONE}/delete", delete),
    admin_form(f"{_ONE}/rotate", rotate),
)
