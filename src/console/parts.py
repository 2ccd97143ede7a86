"""What the console is built of; made by the switchboard."""

from __future__ import annotations

from dataclasses import dataclass, field

from starlette.types import ASGIApp

from console.catalogue_names import CatalogueNames
from console.oidc.provider import Provider
from console.oidc.tickets import Tickets
from console.sample_book.progress import Fillings
from intake.clock import Clock
from intake.sessions import Sessions
from storage.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleParts:
    """The connected parts. `program` is the API; `is_secure` says whether people come by HTTPS; at `provider` they may
    sign in, if there is one; `fillings` are those of sample books, in a sandbox.
    """

    program: ASGIApp
    database: Database
    clock: Clock
    sessions: Sessions
    tickets: Tickets
    provider: Provider | None
    sandbox: bool
    is_secure: bool
    names: CatalogueNames = field(default_factory=CatalogueNames)
    fillings: Fillings = field(default_factory=Fillings)
