"""The partners below the user's own: resellers, and for the operator distributors too."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from console.countries import countries, country_names
from console.desk import Problem
from console.door import page
from console.pages.partner import changes_of, entered_partner, entries_of
from console.partner_area import admin_form, admin_page, confirmation, names_of, new_key, with_partners
from console.partner_words import KINDS_OF_PARTNER
from console.paths import PARTNER
from console.visit import Visit

RESELLERS = f"{PARTNER}/resellers"
NEW: dict[str, str] = {
    "name": "",
    "billing_contact_email": "",
    "country": "",
    "tax_id": "",
    "tax_rate_bp": "0",
    "tax_note": "not_applicable",
    "price_list": "",
}
DISABLED_MEANS = (
    "Its users and API keys can do nothing more here from now on: all they get is that the account is disabled.",
    "Its customers keep their subscriptions. You go on acting for them, and auto-renewals go on and are billed to you.",
    "Requests to accept the ECA that were sent go on working.",
    "You can enable it again at any time; everything is as it was then.",
)
ENABLED_MEANS = ("Its users and API keys work again at once, as they did before.",)


async def show_list(visit: Visit) -> Response:
    """Show the partners below, newest first."""
    found, partners = await with_partners(visit, "/v1/partners", {"cursor": visit.query("cursor"), "limit": 50})
    own = visit.seated.caller.partner.id
    below = [partner for partner in found["data"] if partner["id"] != own]
    facts: dict[str, Any] = {"names": names_of(partners), "kinds": KINDS_OF_PARTNER, "country_names": country_names()}
    return visit.show("partner/resellers.html", resellers=below, next_cursor=found["next_cursor"], **facts)


async def show(visit: Visit) -> Response:
    """Show one of them."""
    return visit.show(
        "partner/reseller.html", reseller=await _asked(visit), kinds=KINDS_OF_PARTNER, country_names=country_names()
    )


async def show_new(visit: Visit) -> Response:
    """Show an empty form."""
    return _form(visit, NEW, {}, where=_NEW_FORM)


async def add(visit: Visit) -> Response:
    """Add what was entered."""
    entries = entered_partner(visit)
    body = {**changes_of(entries), "price_list": entries["price_list"] or None}
    try:
        answer = await visit.desk.ask("POST", "/v1/partners", body, key=visit.entered("key"))
    except Problem as problem:
        return _form(visit, entries, problem.errors, where=_NEW_FORM, problem=problem)
    return visit.go(f"{RESELLERS}/{answer.body['id']}", done="added")


async def show_edit(visit: Visit) -> Response:
    """Show the form with what is stored."""
    reseller = await _asked(visit)
    return _form(visit, entries_of(reseller), {}, where=_edit_form(visit))


async def change(visit: Visit) -> Response:
    """Store what was entered."""
    entries = entered_partner(visit)
    body = {**changes_of(entries), "price_list": entries["price_list"] or None}
    try:
        await visit.desk.ask("PATCH", _address(visit), body, key=visit.entered("key"))
    except Problem as problem:
        return _form(visit, entries, problem.errors, where=_edit_form(visit), problem=problem)
    return visit.go(_page(visit), done="saved")


async def confirm_disabling(visit: Visit) -> Response:
    """Say what disabling means."""
    reseller = await _asked(visit)
    facts: dict[str, Any] = {
        "heading": f"Disable {reseller['name']}?",
        "says": DISABLED_MEANS,
        "button": "Disable",
        "is_danger": True,
    }
    return confirmation(visit, path=f"{_page(visit)}/disable", back=_page(visit), **facts)


async def confirm_enabling(visit: Visit) -> Response:
    """Say what enabling means."""
    reseller = await _asked(visit)
    facts: dict[str, Any] = {
        "heading": f"Enable {reseller['name']}?",
        "says": ENABLED_MEANS,
        "button": "Enable",
        "is_danger": False,
    }
    return confirmation(visit, path=f"{_page(visit)}/enable", back=_page(visit), **facts)


async def disable(visit: Visit) -> Response:
    """Disable it."""
    await visit.desk.ask("PATCH", _address(visit), {"state": "disabled"}, key=visit.entered("key"))
    return visit.go(_page(visit), done="disabled-partner")


async def enable(visit: Visit) -> Response:
    """Enable it again."""
    await visit.desk.ask("PATCH", _address(visit), {"state": "enabled"}, key=visit.entered("key"))
    return visit.go(_page(visit), done="enabled-partner")


async def _asked(visit: Visit) -> Any:
    return await visit.desk.get(_address(visit))


def _address(visit: Visit) -> str:
    return f"/v1/partners/{visit.path('partner_id')}"


def _page(visit: Visit) -> str:
    return f"{RESELLERS}/{visit.path('partner_id')}"


_NEW_FORM = {"path": f"{RESELLERS}/new", "back": RESELLERS}


def _edit_form(visit: Visit) -> dict[str, str]:
    return {"path": f"{_page(visit)}/edit", "back": _page(visit)}


def _form(
    visit: Visit, entries: dict[str, str], errors: Any, *, where: dict[str, str], problem: Problem | None = None
) -> Response:
    status, detail = (200, "") if problem is None else (problem.status, problem.detail)
    facts: dict[str, Any] = {**where, "entries": entries, "errors": errors, "problem": detail, "key": new_key()}
    facts["countries"] = countries()
    return visit.show("partner/edit.html", status=status, listed=True, **facts)


_ONE = f"{RESELLERS}/{{partner_id}}"
ROUTES = (
    page(RESELLERS, show_list),
    admin_page(f"{RESELLERS}/new", show_new),
    admin_form(f"{RESELLERS}/new", add),
    page(_ONE, show),
    admin_page(f"{_ONE}/edit", show_edit),
    admin_form(f"{_ONE}/edit", change),
    admin_page(f"{_ONE}/disable", confirm_disabling),
    admin_form(f"{_ONE}/disable", disable),
    admin_page(f"{_ONE}/enable", confirm_enabling),
    admin_form(f"{_ONE}/enable", enable),
)
