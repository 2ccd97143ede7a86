"""A customer's Details tab: each section shown, and edited apart from the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from console.countries import countries, country_names
from console.customer_elements import SECTIONS, Section, body_of, differing, entered_elements, section_named
from console.desk import Problem
from console.door import page
from console.paths import CUSTOMERS
from console.resellers import choices, manager_of, resellers_of
from console.visit import Visit

ONE = f"{CUSTOMERS}/{{customer_id}}"
NOT_SEEN, CHANGED_MEANWHILE = 404, 412


async def show(visit: Visit) -> Response:
    """Show all of a customer's details, and who manages it."""
    customer, _ = await _customer(visit)
    manager = await manager_of(visit, customer)
    return visit.show(
        "customers/details.html", customer=customer, manager=manager, sections=SECTIONS, countries=country_names()
    )


async def show_edit(visit: Visit) -> Response:
    """Show one section as a form."""
    customer, seen = await _customer(visit)
    section = section_named(visit.query("section"))
    entered = {element.name: customer[element.name] or "" for element in section.elements}
    return _form(visit, section, customer=customer, seen=seen, entered=entered)


async def save(visit: Visit) -> Response:
    """Save one section, if nobody saved the customer since it was shown."""
    section = section_named(visit.query("section"))
    entered, seen = entered_elements(visit, (section,)), visit.entered("seen")
    try:
        await visit.desk.ask("PATCH", _api_path(visit), body_of(entered), if_match=seen or None)
    except Problem as problem:
        if problem.status <= NOT_SEEN:
            raise
        customer, now = await _customer(visit)
        seen = now if problem.status == CHANGED_MEANWHILE else seen
        return _form(visit, section, customer=customer, seen=seen, entered=entered, problem=problem)
    return visit.go(_path(visit), done="customer-saved")


async def show_management(visit: Visit) -> Response:
    """Show the form for who manages the customer."""
    customer, seen = await _customer(visit)
    return await _management_form(visit, customer, seen=seen, chosen=customer["managing_partner_id"] or "")


async def save_management(visit: Visit) -> Response:
    """Save who manages the customer."""
    chosen, seen = visit.entered("managing_partner_id"), visit.entered("seen")
    try:
        body = {"managing_partner_id": chosen or None}
        await visit.desk.ask("PATCH", _api_path(visit), body, if_match=seen or None)
    except Problem as problem:
        if problem.status <= NOT_SEEN:
            raise
        customer, now = await _customer(visit)
        seen = now if problem.status == CHANGED_MEANWHILE else seen
        return await _management_form(visit, customer, seen=seen, chosen=chosen, problem=problem)
    return visit.go(_path(visit), done="management-saved")


async def _customer(visit: Visit) -> tuple[dict[str, Any], str]:
    """The customer and its ETag."""
    answer = await visit.desk.ask("GET", _api_path(visit))
    return answer.body, answer.headers["etag"]


def _form(
    visit: Visit,
    section: Section,
    *,
    customer: Mapping[str, Any],
    seen: str,
    entered: Mapping[str, str],
    problem: Problem | None = None,
) -> Response:
    meanwhile = problem is not None and problem.status == CHANGED_MEANWHILE
    return visit.show(
        "customers/edit.html",
        status=200 if problem is None else problem.status,
        customer=customer,
        section=section,
        entered=entered,
        seen=seen,
        errors={} if problem is None else problem.errors,
        problem="" if problem is None or problem.errors or meanwhile else problem.detail,
        is_changed_meanwhile=meanwhile,
        differing=differing(section, customer, entered) if meanwhile else [],
        countries=countries(),
        country_names=country_names(),
    )


async def _management_form(
    visit: Visit, customer: Mapping[str, Any], *, seen: str, chosen: str, problem: Problem | None = None
) -> Response:
    resellers = await resellers_of(visit)
    return visit.show(
        "customers/management.html",
        status=200 if problem is None else problem.status,
        customer=customer,
        resellers=choices(resellers, also=customer["managing_partner_id"]),
        names={reseller["id"]: reseller["name"] for reseller in resellers},
        chosen=chosen,
        seen=seen,
        errors={} if problem is None else problem.errors,
        problem="" if problem is None or problem.errors else problem.detail,
        is_changed_meanwhile=problem is not None and problem.status == CHANGED_MEANWHILE,
    )


def _path(visit: Visit) -> str:
    return f"{CUSTOMERS}/{visit.path('customer_id')}"


def _api_path(visit: Visit) -> str:
    return f"/v1/customers/{visit.path('customer_id')}"


ROUTES = (
    page(ONE, show),
    page(f"{ONE}/edit", show_edit, scope="write"),
    page(f"{ONE}/edit", save, scope="write", methods=("POST",)),
    page(f"{ONE}/management", show_management, scope="write"),
    page(f"{ONE}/management", save_management, scope="write", methods=("POST",)),
)
