"""The sample book as it is read from its file: resellers, customers, and the stories of their subscriptions."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("book.toml")
SIZES: Mapping[str, int] = {"small": 1, "medium": 3, "large": 8}
# So many days apart stand those who share a story, at most.
SPREAD = 9
FIRST_TERM_IS_WELL_OVER = 100

Counts = list[dict[str, object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something that is done on a day after the purchase; `told` is what it is done with."""

    day: int
    act: str
    told: Any
    why: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A subscription of one customer. `starts` is in days from the purchase, None for at once.

    `reference` is the customer's own, by which the subscription is found again.
    """

    reference: str
    order: Mapping[str, object]
    starts: int | None
    acceptor: str
    steps: tuple[Step, ...]
    stands: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A customer with its subscriptions; `reseller` names who manages it."""

    fields: Mapping[str, str]
    reseller: str | None
    stories: tuple[Story, ...]

    @property
    def name(self) -> str:
        """What it is called, and found again by."""
        return self.fields["company_name"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleBook:
    """All of it."""

    resellers: tuple[Mapping[str, str], ...]
    companies: tuple[Company, ...]

    @property
    def steps(self) -> int:
        """Of how many steps its filling is, without the invoices at the end."""
        stories = [story for company in self.companies for story in company.stories]
        return len(self.resellers) + len(self.companies) + sum(len(story.steps) + 2 for story in stories)


@cache
def sample_book() -> SampleBook:
    """Return the book."""
    found = tomllib.loads(FILE.read_text("utf-8"))
    resellers = tuple(_reseller(row) for row in found["resellers"])
    rows = enumerate(found["customers"], start=1)
    return SampleBook(
        resellers=resellers,
        companies=tuple(_company(number, row, resellers, found["stories"]) for number, row in rows),
    )


def _reseller(row: Sequence[str]) -> Mapping[str, str]:
    name, email, country = row
    return {"name": name, "billing_contact_email": email, "country": country}


def _company(
    number: int, row: Sequence[Any], resellers: Sequence[Mapping[str, str]], stories: Mapping[str, Any]
) -> Company:
    company, contact, phone, email, address, place, postal_code, country, seller, size, told = row
    city, _, state = place.partition(", ")
    fields = {
        "company_name": company,
        "contact_name": contact,
        "contact_phone": phone,
        "contact_email": email,
        "address_line1": address,
        "city": city,
        "state_province": state,
        "postal_code": postal_code,
        "country": country,
    }
    domain = email.partition("@")[2]
    return Company(
        fields={name: value for name, value in fields.items() if value},
        reseller=resellers[int(seller) - 1]["name"] if seller else None,
        stories=tuple(
            _story(f"PO-{number:02}-{place}", stories[name], domain=domain, times=SIZES[size], sooner=number % SPREAD)
            for place, name in enumerate(told.split(), start=1)
        ),
    )


def _story(reference: str, told: Mapping[str, Any], *, domain: str, times: int, sooner: int) -> Story:
    stands: int = told["stands"]
    return Story(
        reference=reference,
        order={**told["order"], "inventory": _counts(told["inventory"], times), "reference_id": reference},
        starts=told.get("starts"),
        acceptor=f"legal@{domain}",
        steps=tuple(_step(step, domain=domain, times=times) for step in told.get("steps", ())),
        stands=stands - sooner if stands > FIRST_TERM_IS_WELL_OVER else stands,
    )


def _step(told: Mapping[str, Any], *, domain: str, times: int) -> Step:
    (act,) = told.keys() - {"day", "why"}
    value = told[act]
    if act == "acceptor":
        value = f"{value}@{domain}"
    elif act not in {"usage", "mode", "accept", "decline", "suspend", "enable", "cancel"}:
        value = _counts(value, times)
    elif act == "usage":
        value = {product: count * times for product, count in value.items()}
    return Step(day=told["day"], act=act, told=value, why=told.get("why"))


def _counts(told: Mapping[str, int], times: int) -> Counts:
    return [{"product": product, "quantity": count * times} for product, count in told.items()]
