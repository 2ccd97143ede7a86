"""What the catalogue calls offerings and products, of those too that are sold no more: what was sold keeps its name."""

from __future__ import annotations

from datetime import datetime, timedelta

from storage.catalogue import current_catalogue
from storage.database import Database

KNOWN_FOR = timedelta(minutes=1)


class Names(dict[str, str]):
    """Names by codes; a code that is not known yet stands for itself."""

    def __missing__(self, code: str) -> str:
        return code


class CatalogueNames:
    """Names by codes, in the catalogue's order; a new version's are there within a minute of its loading."""

    def __init__(self) -> None:
        """Know none yet."""
        self.offerings = Names()
        self.products = Names()
        self._known_at: datetime | None = None

    async def keep(self, database: Database, *, at: datetime) -> None:
        """Read them anew if they are not known, or were read a while ago."""
        if self._known_at is not None and timedelta() <= at - self._known_at < KNOWN_FOR:
            return
        async with database.read() as connection:
            catalogue = (await current_catalogue(connection)).catalogue
        self.offerings = Names({code: offering.name for code, offering in catalogue.offerings.items()})
        self.products = Names({code: product.name for code, product in catalogue.products.items()})
        self._known_at = at
