"""Mailing: one activity drains what a mail receiver owes and then lets it sleep."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from functools import partial

from temporalio import activity

from activities.delivery_orders import DRAIN_MAIL, Drained, DrainOrder
from activities.draining import Draining, Told
from activities.invoice_mails import InvoiceFacts, compose_invoice
from activities.mail_facts import NoAddress
from activities.mail_lookup import Links, Lookup, look_up
from activities.mail_messages import UnsafeHeader, message_bytes
from activities.mail_tables import Names
from activities.mail_texts import Letter, Mail, compose, letter_of
from activities.rounds import Round
from activities.smtp import SmtpLine, SmtpSettings
from activities.trouble import Refused
from activities.undelivered import report_undelivered
from storage.catalogue import current_catalogue
from storage.tellings import Telling

MOST_LINES = 8

# What was written of a batch already, by subject, kind and key: the roles that are told of a thing share its letter.
Letters = dict[tuple[str, str, str], Letter]


class Mailing:
    """Sends what `tellings` says is owed by mail."""

    def __init__(self, draining: Draining, *, smtp: SmtpSettings, links: Links, mail_domain: str) -> None:
        """Take what drains, the mail server, how links are made, and the domain of the message ids."""
        self._draining = draining
        self._smtp = smtp
        self._links = links
        self._mail_domain = mail_domain

    @activity.defn(name=DRAIN_MAIL)
    async def drain_mail(self, order: DrainOrder) -> Drained:
        """Send what is due and what comes in meanwhile, then note that the receiver sleeps."""
        async with _lines(self._smtp) as lines:
            return await self._draining.drain(order, partial(self._send, lines))

    async def _send(self, lines: Sequence[SmtpLine], batch: Sequence[Telling]) -> Told:
        async with self._draining.database.read() as connection:
            names = Names((await current_catalogue(connection)).catalogue)
            lookup = await look_up(connection, batch, self._links, names=names)
        sending = Round[SmtpLine](
            writes=self._draining.writes,
            deliver=partial(self._deliver, lookup, {}),
            undelivered=report_undelivered,
        )
        await sending.run(batch, lines)
        return Told(sending.settled, sending.trouble)

    async def _deliver(self, lookup: Lookup, letters: Letters, line: SmtpLine, telling: Telling) -> None:
        try:
            mail = self._composed(lookup, letters, telling)
            message = message_bytes(mail, sender=self._smtp.sender)
        except (NoAddress, UnsafeHeader) as error:
            raise Refused(str(error)) from None
        await line.send(mail.to, message)

    def _composed(self, lookup: Lookup, letters: Letters, telling: Telling) -> Mail:
        facts = lookup.facts(telling)
        if isinstance(facts, InvoiceFacts):
            return compose_invoice(telling, facts, mail_domain=self._mail_domain)
        thing = (telling.subject_id, telling.kind, telling.key)
        letter = letters.get(thing) or letter_of(telling, facts)
        letters[thing] = letter
        return compose(telling, facts, letter, mail_domain=self._mail_domain)


@asynccontextmanager
async def _lines(settings: SmtpSettings) -> AsyncGenerator[list[SmtpLine]]:
    lines = [SmtpLine(settings) for _ in range(MOST_LINES)]
    try:
        yield lines
    finally:
        for line in lines:
            await line.close()
