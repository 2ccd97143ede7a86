"""The offerings' names, of those too that are sold no more: what was sold keeps its name."""

from __future__ import annotations

from console.visit import Visit
from storage.catalogue import current_catalogue


async def offering_names(visit: Visit) -> dict[str, str]:
    """Return the offerings' names by their codes, in the catalogue's order."""
    async with visit.parts.database.read_as(visit.seated.caller.sees) as connection:
        version = await current_catalogue(connection)
    return {code: offering.name for code, offering in version.catalogue.offerings.items()}
