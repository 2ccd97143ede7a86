"""What is looked up before a command is judged: the row, the prices, and what is known of the customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from activities.orders import IF_MATCH, NEEDS_STANDING, PURCHASE, acceptor_of, build_command
from lifecycle.catalog import PriceBook
from lifecycle.commands import AgreementDocument, Command, CustomerStanding
from lifecycle.judge import Judgement, judge
from storage.agreements import current_document
from storage.customers import Party
from storage.price_lists import find_party_and_prices
from storage.subscriptions import SubscriptionRow
from storage.transactions import is_reference_used


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A command with everything that judging and recording it needs; `seen_version` is what it was decided on."""

    row: SubscriptionRow | None
    party: Party
    prices: PriceBook
    command: Command
    reference_reused: bool
    seen_version: int | None = None

    def judged(self, at: datetime) -> Judgement:
        """Return what the command leads to at `at`."""
        row = self.row
        return judge(
            None if row is None else row.subscription,
            self.command,
            self.prices,
            settled_until=None if row is None else row.settled_until,
            at=at,
            seen_version=self.seen_version,
        )


async def load_case(
    connection: AsyncConnection, row: SubscriptionRow | None, *, kind: str, body: dict[str, Any], today: datetime
) -> Case:
    """Return the case of a command on `row`, or of a purchase (`row` None), on the customer's present facts."""
    customer_id = body["customer_id"] if row is None else row.subscription.customer_id
    party, prices = await find_party_and_prices(connection, customer_id, acceptor=acceptor_of(kind, body))
    standing: CustomerStanding | None = None
    if kind in NEEDS_STANDING:
        asks = kind != PURCHASE or _asks_for_agreement(party, prices, body["offering"])
        document = await current_document(connection, on=today.date()) if asks else None
        standing = CustomerStanding(
            acceptance_id=party.acceptance_id,
            partner_addresses=party.seller_addresses,
            document=None if document is None else AgreementDocument(document.id, document.version),
        )
    reference = body.get("reference_id")
    return Case(
        row=row,
        party=party,
        prices=prices,
        command=build_command(kind, body, standing),
        reference_reused=reference is not None and await is_reference_used(connection, party.account_id, reference),
        seen_version=body.get(IF_MATCH),
    )


def _asks_for_agreement(party: Party, prices: PriceBook, offering: str) -> bool:
    sold = prices.catalogue.offerings.get(offering)
    return party.acceptance_id is None and sold is not None and sold.eca_required
