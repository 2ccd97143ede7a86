"""The user's own partner: its facts, and the form that changes them."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from console.countries import countries, country_names
from console.desk import Problem
from console.door import page
from console.partner_area import admin_form, admin_page, new_key
from console.partner_words import basis_points, percent
from console.paths import PARTNER
from console.visit import Visit

TEXTS = ("name", "billing_contact_email", "country", "tax_note")


async def show(visit: Visit) -> Response:
    """Show the partner whose staff the user is."""
    return visit.show("partner/show.html", own=await visit.desk.get(_address(visit)), country_names=country_names())


async def show_form(visit: Visit) -> Response:
    """Show the form with what is stored."""
    own = await visit.desk.get(_address(visit))
    return _form(visit, entries_of(own), {}, key=new_key())


async def change(visit: Visit) -> Response:
    """Store what was entered."""
    entries = entered_partner(visit)
    try:
        await visit.desk.ask("PATCH", _address(visit), changes_of(entries), key=visit.entered("key"))
    except Problem as problem:
        facts: dict[str, Any] = {"problem": problem.detail, "key": new_key(), "status": problem.status}
        return _form(visit, entries, problem.errors, **facts)
    return visit.go(PARTNER, done="saved")


def entries_of(partner: Any) -> dict[str, str]:
    """Return a partner's members as its form shows them."""
    shown = {name: partner[name] or "" for name in (*TEXTS, "tax_id", "price_list")}
    return {**shown, "tax_rate_bp": percent(partner["tax_rate_bp"])}


def entered_partner(visit: Visit) -> dict[str, str]:
    """Return what was entered in the form of a partner."""
    return {name: visit.entered(name) for name in (*TEXTS, "tax_id", "price_list", "tax_rate_bp")}


def changes_of(entries: dict[str, str]) -> dict[str, Any]:
    """Return the body that stores the entries; what may be empty is null when it is."""
    texts = {name: entries[name] for name in TEXTS}
    return {**texts, "tax_id": entries["tax_id"] or None, "tax_rate_bp": basis_points(entries["tax_rate_bp"] or "0")}


def _form(visit: Visit, entries: dict[str, str], errors: Any, *, status: int = 200, **facts: Any) -> Response:
    shown = {"problem": "", **facts, "entries": entries, "errors": errors, "countries": countries()}
    return visit.show("partner/edit.html", status=status, path=f"{PARTNER}/edit", back=PARTNER, listed=False, **shown)


def _address(visit: Visit) -> str:
    return f"/v1/partners/{visit.seated.caller.partner.id}"


ROUTES = (page(PARTNER, show), admin_page(f"{PARTNER}/edit", show_form), admin_form(f"{PARTNER}/edit", change))
