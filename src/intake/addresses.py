"""What a postal address needs, which depends on its country."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lifecycle.refusals import FieldError
from storage.catalogue import AddressRules

_POSTAL_CODES = {"US": re.compile(r"^\d{5}(-\d{4})?$", re.ASCII)}


def address_errors(
    rules: AddressRules, *, country: str, state_province: str | None, postal_code: str | None
) -> Iterator[FieldError]:
    """Yield what is missing or malformed in an address; `country` is an ISO 3166-1 alpha-2 code."""
    if state_province is None and country in rules.state_required:
        yield FieldError("state_province", "required", f"An address in {country} needs a state or province.")
    if postal_code is None:
        if country not in rules.no_postal_code:
            yield FieldError("postal_code", "required", f"An address in {country} needs a postal code.")
        return
    pattern = _POSTAL_CODES.get(country)
    if pattern is not None and pattern.match(postal_code) is None:
        yield FieldError("postal_code", "invalid_postal_code", f"This is not a postal code of {country}.")
