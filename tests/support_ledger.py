"""A door whose commands go straight to the real ledger: everything but the engine, whose place a call takes."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import httpx2
from pydantic import SecretStr
from temporalio.testing import ActivityEnvironment

from activities.delivery_orders import Drained, DrainOrder
from activities.draining import BUSY_LIMIT, Draining
from activities.invoices import Invoicing
from activities.invoicing_orders import AccountsOrder, PostOrder
from activities.ledger import Ledger
from activities.mail_lookup import Links
from activities.messages import RecordOrder, RefundOrder
from activities.notices import Mailing
from activities.recording import Agreement
from activities.refunding import Refunds
from activities.smtp import SmtpSettings
from activities.webhook_addresses import Addresses
from intake.clock import Clock
from intake.counter import Counter
from intake.engine import Engine, Opening
from intake.handover import HandOver
from intake.invoices import InvoiceRuns, bill_instant
from intake.refunds import RefundCounter
from intake.webhooks import Webhooks
from lifecycle.months import Month
from perennial.mail_receiver import mail_receiver as mail_received
from storage.agreements import seed_agreements
from storage.announcements import Announcements
from storage.database import Database
from storage.eca_tokens import EcaKeys
from storage.ids import new_id
from storage.tellings import mail_receiver, mail_receivers
from support_door import ACME, WEBHOOK_KEY, Door, StoppedClock, opened_door

BASE_URL = "http://door.example"
MAIL_DOMAIN = "perennial.example"
SENDER = f"Perennial <no-reply@{MAIL_DOMAIN}>"
KEYS = EcaKeys("k1", {"k1": SecretStr("an agreement key of 32 bytes, or more")})
ACCEPTOR = "legal@acme.example"
ORDER: dict[str, Any] = {
    "offering": "managed-tls",
    "eca_acceptor_email": ACCEPTOR,
    "term_months": 12,
    "clm_tier": "professional",
    "inventory": [{"product": "tls-ov-single", "quantity": 25}],
    "renewal_mode": "auto",
    "reference_id": "PO-4711",
}


class LedgerAtHand:
    """Takes the engine's place: what is handed over is recorded at once, at the test's time."""

    def __init__(self, ledger: Ledger, refunds: Refunds, clock: StoppedClock) -> None:
        self._ledger = ledger
        self._refunds = refunds
        self._clock = clock
        self.is_up = True

    async def is_reachable(self) -> bool:
        return self.is_up

    async def wake(self, _receivers: Iterable[str]) -> None:
        """Nobody sleeps here: tests drain by themselves."""

    async def start_subscription(self, opening: Opening) -> None:
        await self.send(opening, opening.command_id)

    async def send(self, opening: Opening, command_id: str) -> None:
        order = RecordOrder(subscription_id=opening.subscription_id, command_id=command_id, at=self._clock.now)
        await self._ledger.record(order)

    async def start_refund(self, refund_id: str) -> None:
        await self._refunds.record_refund(RefundOrder(refund_id=refund_id, at=self._clock.now))

    async def settle(self, subscription_id: str) -> None:
        """What a timer does."""
        await self._ledger.record(RecordOrder(subscription_id=subscription_id, at=self._clock.now))


@dataclass(frozen=True)
class RunsAtHand:
    """Takes the place of the engine's run: the real activities, one account after the other."""

    invoicing: Invoicing

    async def run(self, month: Month) -> None:
        due = await self.invoicing.list_accounts(AccountsOrder(month=str(month), limit=1000))
        for account_id in due.account_ids:
            order = PostOrder(account_id=account_id, month=str(month), at=bill_instant(month))
            await self.invoicing.post_invoice(order)


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The door, the engine's stand-in, the mailing, and the mail server that files in the mailbox."""

    door: Door
    engine: LedgerAtHand
    mailing: Mailing
    database: Database

    async def customer(self, **changes: Any) -> str:
        """A new customer of the distributor; its id."""
        answer = await self.door.distributor.post("/v1/customers", {**ACME, **changes})
        assert answer.status_code == 201, answer.text
        found: str = answer.json()["id"]
        return found

    async def purchase(self, **changes: Any) -> dict[str, Any]:
        """Buy a subscription, for a new customer unless one is named."""
        order = {**ORDER, **changes}
        if "customer_id" not in order:
            order["customer_id"] = await self.customer()
        return await self.command("/v1/subscriptions", order)

    async def command(self, path: str, body: object, *, method: str = "POST") -> dict[str, Any]:
        """Ask for a change that must succeed."""
        headers = {"Idempotency-Key": new_id("key")}
        answer = await self.door.distributor.client.request(method, path, json=body, headers=headers)
        assert answer.status_code in {200, 201}, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def go_on(self, subscription_id: str, to: datetime) -> None:
        """Let time pass and record what came due."""
        self.door.clock.now = to
        await self.engine.settle(subscription_id)

    async def invoiced(self, month: str) -> list[dict[str, Any]]:
        """Run a month's invoicing; the distributor's documents, newest first."""
        answer = await self.door.distributor.post("/v1/sandbox/invoice-runs", {"month": month})
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = (await self.door.distributor.get("/v1/invoices")).json()["data"]
        return found

    async def drain(self, subscription_id: str | None = None) -> list[Drained]:
        """Send whatever is owed by mail; with a subscription, what its delivery owes."""
        names = mail_receivers() if subscription_id is None else (mail_receiver(subscription_id),)
        return [
            await ActivityEnvironment().run(self.mailing.drain_mail, DrainOrder(receiver=receiver))
            for receiver in names
        ]

    async def mails(self, **wanted: str) -> list[dict[str, Any]]:
        """What is in the mailbox once everything owed is sent, first to last."""
        await self.drain(wanted.get("subscription_id"))
        answer = await self.door.distributor.get("/v1/sandbox/mailbox", params={"limit": "200", **wanted})
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["data"][::-1]
        return found

    async def link(self, subscription_id: str) -> str:
        """The path of the acceptor's page, from the latest mail."""
        mail = (await self.mails(subscription_id=subscription_id, kind="eca_request"))[-1]
        lines: list[str] = mail["text"].splitlines()
        (address,) = (line for line in lines if line.startswith(BASE_URL))
        return address.removeprefix(BASE_URL)

    def browser(self) -> httpx2.AsyncClient:
        """A client that asks as a browser does."""
        return self.door.client({"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "User-Agent": "A browser"})


@asynccontextmanager
async def opened_desk(address: str, *, smtp_port: int | None = None, **changes: Any) -> AsyncGenerator[Desk]:
    """A desk over a migrated database; mail goes to the sandbox's receiver unless a port is given."""
    database, announcements, clock = Database(address), Announcements(), StoppedClock()
    agreement = Agreement(keys=KEYS, mail_domain=MAIL_DOMAIN)
    async with database.write() as connection:
        await seed_agreements(connection)

    async def nobody_to_wake(_receivers: tuple[str, ...]) -> None:
        return

    ledger = Ledger(database, agreement=agreement, announcements=announcements, wake=nobody_to_wake)
    refunds = Refunds(database, agreement=agreement, announcements=announcements, wake=nobody_to_wake)
    at_hand = LedgerAtHand(ledger, refunds, clock)
    engine = cast("Engine", at_hand)
    stopped = Clock(wall=clock)
    handover = HandOver(database, engine, announcements)
    runs = cast("InvoiceRuns", RunsAtHand(Invoicing(database, wake=nobody_to_wake)))
    webhooks = Webhooks(engine=engine, addresses=Addresses(allows_private=True), key=WEBHOOK_KEY)
    parts = {
        "counter": Counter(database, engine, handover, stopped),
        "refunds": RefundCounter(database, engine, handover, stopped),
        "clock": stopped,
        "sandbox": True,
        "invoice_runs": runs,
        "webhooks": webhooks,
        **changes,
    }
    async with mail_received(database) as own_port, opened_door(address, **parts) as door:
        door.clock = clock
        mailing = mailing_to(smtp_port or own_port, database)
        yield Desk(door=door, engine=at_hand, mailing=mailing, database=database)
    await database.close()


def mailing_to(port: int, database: Database) -> Mailing:
    """A mailing to the mail server on this port, which rests as soon as nothing is owed."""
    return Mailing(
        draining_of(database),
        smtp=SmtpSettings(host="127.0.0.1", port=port, sender=SENDER, timeout_seconds=5.0),
        links=Links(keys=KEYS, base_url=BASE_URL),
        mail_domain=MAIL_DOMAIN,
    )


def draining_of(database: Database, *, busy_limit: timedelta = BUSY_LIMIT) -> Draining:
    """What drains and rests as soon as nothing is owed."""
    return Draining(database, linger=timedelta(0), busy_limit=busy_limit)
