"""Who asks, and what they may see: a partner sees itself, the resellers below it and their customers, nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select, true

from intake.denials import MissingScope, PartnerDisabled, Unauthenticated
from intake.shown_once import KEY_PREFIX, is_well_formed, keyed_hash
from storage.api_keys import find_key_and_partner, note_use
from storage.database import Database
from storage.partners import DISABLED, OPERATOR, RESELLER, Partner
from storage.tables import customers, partners
from storage.wall import EVERYTHING

SEAT = "perennial.caller"
"""Under this name the door for people hands the one for programs who asks; no request can bring it along."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A partner that asks, by one of its keys or users, which holds `scopes`.

    `actor` is the id of that key or user, the name that events and audit entries have for the caller.
    """

    partner: Partner
    actor: str
    scopes: frozenset[str]

    @property
    def is_operator(self) -> bool:
        """Whether this is the certificate authority itself, which sees everything."""
        return self.partner.kind == OPERATOR

    @property
    def is_reseller(self) -> bool:
        """Whether this is a reseller under a distributor."""
        return self.partner.kind == RESELLER

    @property
    def sees(self) -> str:
        """As whom the database shows rows to the caller, see `Database.read_as`."""
        return EVERYTHING if self.is_operator else self.partner.id

    @property
    def account_id(self) -> str:
        """The partner that is billed for what this one sells."""
        return self.partner.account_id

    def has_scope(self, scope: str) -> bool:
        """Return whether the key or user holds the scope."""
        return scope in self.scopes

    def require(self, *scopes: str) -> None:
        """Let pass only an enabled partner whose key or user holds the scopes.

        Raises:
            PartnerDisabled: the partner is disabled.
            MissingScope: the key or user lacks a scope.
        """
        if self.partner.state == DISABLED:
            raise PartnerDisabled
        for scope in scopes:
            if scope not in self.scopes:
                raise MissingScope(scope)


async def authenticate(database: Database, bearer: str | None, *, pepper: bytes, at: datetime) -> Caller:
    """Return who holds the key; a disabled partner's too, `require` stops it later.

    It takes one query, and once in a while a second one that notes the use.

    Raises:
        Unauthenticated: no key, or one that is unknown, revoked or expired.
    """
    if bearer is None or not is_well_formed(bearer, KEY_PREFIX):
        raise Unauthenticated
    async with database.read() as connection:
        found = await find_key_and_partner(connection, keyed_hash(bearer, pepper))
    if found is None or not found[0].is_valid(at):
        raise Unauthenticated
    key, partner = found
    if key.is_use_news(at):
        async with database.write_once() as connection:
            await note_use(connection, key.id, at=at)
    return Caller(partner=partner, actor=key.id, scopes=frozenset(key.scopes))


def visible_customers(caller: Caller) -> ColumnElement[bool]:
    """Return the condition on `customers` that holds for what the caller may see."""
    if caller.is_operator:
        return true()
    if caller.is_reseller:
        return customers.c.managing_partner_id == caller.partner.id
    return customers.c.account_id == caller.partner.id


def visible_by_customer(
    caller: Caller, *, customer_id: ColumnElement[str], account_id: ColumnElement[str] | None = None
) -> ColumnElement[bool]:
    """Return the condition for rows that belong to a customer: who sees the customer now, sees them.

    `account_id` is the row's own copy of its customer's, if it has one; it never changes and spares a look.
    """
    if caller.is_operator:
        return true()
    if account_id is not None and not caller.is_reseller:
        return account_id == caller.partner.id
    return customer_id.in_(select(customers.c.id).where(visible_customers(caller)))


def visible_partners(caller: Caller) -> ColumnElement[bool]:
    """Return the condition on `partners` that holds for what the caller may see."""
    if caller.is_operator:
        return true()
    return or_(partners.c.id == caller.partner.id, partners.c.parent_id == caller.partner.id)
