"""Templates and their filters; whatever stands in a page is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from console import wording
from console.assets import asset_url
from lifecycle.wording import day_in_words, money_in_words

TEMPLATES = Path(__file__).with_name("templates")
PART = "results"
MOMENTS_KEPT, LISTS_KEPT = 10_000, 200


def rendered(template: str, facts: Mapping[str, Any], *, is_part: bool = False) -> str:
    """Return a page; with `is_part` its block `results` alone, if it has one."""
    found = environment().get_template(template)
    if is_part and PART in found.blocks:
        return "".join(found.blocks[PART](found.new_context(dict(facts))))
    return found.render(facts)


@cache
def environment() -> Environment:
    """Return what templates are read with."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=select_autoescape(["html"]),
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    filters: dict[str, Any] = made.filters
    filters.update(money=money, count=count, addressed=addressed)
    filters.update(day=day, instant=instant, badge=badge, options=options)
    shared: dict[str, Any] = made.globals
    shared.update(asset=asset_url, words=wording)
    return made


def money(amount: Mapping[str, Any] | None) -> str:
    """Return an amount of the API as `1,490.00 USD`, a dash when there is none."""
    return "–" if amount is None else money_in_words(amount["amount"], amount["currency"])


def count(number: int) -> str:
    """Return a count with its thousands apart."""
    return f"{number:,}"


@lru_cache(maxsize=MOMENTS_KEPT)
def day(value: str | date | None) -> Markup:
    """Return a day in words, a dash when there is none."""
    if value is None:
        return Markup("–")
    found = date.fromisoformat(value) if isinstance(value, str) else value
    return _time(found.isoformat(), f"{found} 00:00 UTC", found)


@lru_cache(maxsize=MOMENTS_KEPT)
def instant(value: str | datetime | None) -> Markup:
    """Return an instant as its day in words, with the exact instant on hover; a dash when there is none."""
    if value is None:
        return Markup("–")
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return _time(at.isoformat(), f"{at:%Y-%m-%d %H:%M:%S} UTC", at.date())


def _time(exact: str, title: str, found: date) -> Markup:
    """Nothing is escaped: whatever was read as a day or an instant is written with digits and letters alone."""
    return Markup(f'<time datetime="{exact}" title="{title}">{day_in_words(found)}</time>')  # noqa: S704 - see above.


@lru_cache(maxsize=LISTS_KEPT)
def badge(pair: tuple[str, str]) -> Markup:
    """Return words and their colour as a label; both are the console's own."""
    said, colour = pair
    return Markup('<span class="badge bg-{}-lt">{}</span>').format(colour, said)


def options(pairs: Iterable[tuple[str, str]], chosen: str | None) -> Markup:
    """Return what can be chosen from, pairs of value and words, as the options of a list; `chosen` is a value."""
    offered = tuple(pairs)
    return _options(offered, chosen if any(chosen == key for key, _ in offered) else None)


@lru_cache(maxsize=LISTS_KEPT)
def _options(pairs: tuple[tuple[str, str], ...], chosen: str | None) -> Markup:
    return Markup().join(
        Markup(f'<option value="{escape(key)}"{" selected" if key == chosen else ""}>{escape(words)}</option>')  # noqa: S704 - both are escaped.
        for key, words in pairs
    )


def addressed(path: str, **query: str | int | None) -> str:
    """Return an address with a query of whatever is not empty."""
    asked = urlencode({name: value for name, value in query.items() if value not in {None, ""}})
    return f"{path}?{asked}" if asked else path
