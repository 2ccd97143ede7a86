"""Every change that takes an idempotency key, as a partner would ask for it, and the rows that it leaves: each once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from support_files import JSON_LINES, json_lines
from support_operations import KEYED, Things
from support_product import Json, Seat

OPERATIONS = {operation.name: operation for operation in KEYED}
UNKEYED = ("/v1/quotes", "/v1/sandbox/")
"""What begins so keeps nothing, or is the sandbox's, and takes no key."""
WITHIN = 120.0


@dataclass(frozen=True)
class Shop:
    """A billed partner, its key, and what all of its changes share: a customer, and where its webhooks are."""

    seat: Seat
    partner_id: str
    customer_id: str
    receiver: str

    @property
    def authorization(self) -> dict[str, str]:
        return {"Authorization": self.seat.http.headers["Authorization"]}


Made = Callable[[Shop], Things]


def _nothing(_: Shop) -> Things:
    return {}


def _empty(_: Shop, _things: Things) -> Json:
    return {}


@dataclass(frozen=True, kw_only=True)
class Case:
    """A change: the operation, what it is made on, its body, the status of its final answer.

    `leaves` are the rows that it adds, each once: a table and what tells the table's rows apart. A change
    `after_invoicing` is made on the documents of all that was bought before. `shown_once` is the member of the answer
    that no repeat shows, `tells_again` says that a webhook hears the same once more.
    """

    operation: str
    on: Made = _nothing
    body: Callable[[Shop, Things], Json] = _empty
    status: int = 200
    leaves: tuple[str, ...]
    if_match: str | None = None
    after_invoicing: bool = False
    shown_once: str | None = None
    tells_again: bool = False

    @property
    def method(self) -> str:
        return OPERATIONS[self.operation].method


@dataclass(frozen=True)
class Mutation:
    """A change ready to be asked for under its key, as often as anybody likes."""

    case: Case
    shop: Shop
    key: str
    path: str
    body: Json | None
    things: Things

    @property
    def headers(self) -> dict[str, str]:
        precondition = {} if self.case.if_match is None else {"If-Match": self.case.if_match}
        media_type = JSON_LINES if OPERATIONS[self.case.operation].file else "application/json"
        of_body = {} if self.body is None else {"Content-Type": media_type}
        return {**self.shop.authorization, "Idempotency-Key": self.key, **of_body, **precondition}

    @property
    def content(self) -> bytes | None:
        """The body as it is sent; a file has it as its one row."""
        return None if self.body is None else json_lines([self.body])

    def with_another_body(self) -> Mutation | None:
        """The same with a body that says something else; None where only one makes sense."""
        body = None if self.body is None else self.case.body(self.shop, self.things)
        return None if body == self.body else replace(self, body=body)


def mutation(case: Case, shop: Shop, key: str) -> Mutation:
    """Make what the change is made on, and put the request together."""
    operation, things = OPERATIONS[case.operation], case.on(shop)
    body = None if operation.method == "DELETE" else case.body(shop, things)
    return Mutation(case, shop, key, operation.address(things), body, things)


def operations_with_a_key() -> set[str]:
    """Those of the table that change something that is kept."""
    changes = (operation for operation in KEYED if operation.method != "GET")
    return {operation.name for operation in changes if not operation.path.startswith(UNKEYED)}
