"""The elements of a customer's details as the portal names them, in the sections that are edited one at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from console.visit import Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """A field of a form: `is_free` says that no rule needs it, `help` is said below it."""

    name: str
    label: str
    maxlength: int
    type: str = "text"
    required: bool = False
    is_free: bool = False
    help: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Elements that are shown and edited together."""

    name: str
    title: str
    elements: tuple[Element, ...]


COMPANY = Section(
    name="company",
    title="Company",
    elements=(Element(name="company_name", label="Company Name", maxlength=200, required=True),),
)
CONTACT = Section(
    name="contact",
    title="Contact",
    elements=(
        Element(name="contact_name", label="Contact Name", maxlength=200, required=True),
        Element(name="contact_phone", label="Contact Phone", maxlength=33, type="tel", is_free=True),
        Element(
            name="contact_extension",
            label="Contact Extension",
            maxlength=10,
            is_free=True,
            help="Digits; only together with a phone number.",
        ),
        Element(name="contact_email", label="Contact Email", maxlength=254, type="email", required=True),
    ),
)
ADDRESS = Section(
    name="address",
    title="Address",
    elements=(
        Element(name="address_line1", label="Address Line 1", maxlength=200, required=True),
        Element(name="address_line2", label="Address Line 2", maxlength=200, is_free=True),
        Element(name="city", label="City", maxlength=100, required=True),
        Element(
            name="state_province",
            label="State/Province",
            maxlength=100,
            help="Needed in some countries, such as the United States, Canada and Australia.",
        ),
        Element(name="postal_code", label="ZIP/Postal Code", maxlength=16, help="Needed in almost every country."),
        Element(name="country", label="Country", maxlength=2, type="country", required=True),
    ),
)
SECTIONS = (COMPANY, CONTACT, ADDRESS)


def section_named(name: str) -> Section:
    """Return a section, the first one when there is none of this name."""
    return next((section for section in SECTIONS if section.name == name), COMPANY)


def entered_elements(visit: Visit, sections: Iterable[Section]) -> dict[str, str]:
    """Return what was typed into the sections' elements."""
    return {element.name: visit.entered(element.name) for section in sections for element in section.elements}


def body_of(entered: Mapping[str, str]) -> dict[str, Any]:
    """Return what was typed as members of a request: what was left empty is none."""
    return {name: value or None for name, value in entered.items()}


def differing(section: Section, customer: Mapping[str, Any], entered: Mapping[str, str]) -> list[Element]:
    """Return the elements that the customer has otherwise than they were typed."""
    return [element for element in section.elements if (customer[element.name] or "") != entered[element.name]]
