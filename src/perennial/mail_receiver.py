"""The sandbox's own mail server: takes whatever the product mails, on loopback only, and files it in the mailbox."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parsedate_to_datetime
from functools import partial

import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session

from activities.mail_messages import INVOICE_HEADER, KIND_HEADER, SUBSCRIPTION_HEADER
from storage.database import Database
from storage.ids import new_id
from storage.joint_writes import JointWrites
from storage.mailbox import ReceivedMail, insert_mails

LOOPBACK = "127.0.0.1"
TAKEN = "250 OK"
LATER = "451 4.3.0 the mailbox cannot be written now"
_FOLD = re.compile(r"\r?\n(?=[ \t])")
log = structlog.get_logger(__name__)


@asynccontextmanager
async def mail_receiver(database: Database, *, port: int = 0) -> AsyncGenerator[int]:
    """Receive mail for the length of the block; gives the port, a free one unless said."""
    filing = _Filing(database)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(filing, hostname="localhost", enable_SMTPUTF8=True, loop=loop), LOOPBACK, port
    )
    async with server:
        yield int(server.sockets[0].getsockname()[1])


class _Filing:
    """What the mail server does with a mail."""

    def __init__(self, database: Database) -> None:
        self._writes = JointWrites(database)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """File the mail and only then take it; what cannot be filed now is asked for again."""
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        try:
            mails = [received(content, to) for to in envelope.rcpt_tos]
            await self._writes.write(partial(insert_mails, mails=mails))
        except Exception:
            # Any other answer would be a refusal for good.
            log.exception("mail_not_filed")
            return LATER
        return TAKEN


def received(content: bytes, to: str) -> ReceivedMail:
    """Return the mailbox's row for a message as it came over the wire."""
    message = message_from_bytes(content)
    date = message["Date"]
    return ReceivedMail(
        id=new_id("mal"),
        message_id=message["Message-ID"] or "",
        to=to,
        kind=message[KIND_HEADER] or "",
        subject=_subject(message),
        text=_part(message, "text/plain"),
        html=_part(message, "text/html"),
        subscription_id=message[SUBSCRIPTION_HEADER],
        invoice_id=message[INVOICE_HEADER],
        sent_at=parsedate_to_datetime(date) if date else datetime.now(UTC),
    )


def _subject(message: Message) -> str:
    """On one line, as it was before it was folded to the width that the wire takes."""
    unfolded = _FOLD.sub("", message["Subject"] or "")
    return str(make_header(decode_header(unfolded.strip())))


def _part(message: Message, content_type: str) -> str:
    for part in message.walk():
        if part.get_content_type() == content_type:
            payload = part.get_payload(decode=True)
            return payload.decode(errors="replace").replace("\r\n", "\n") if isinstance(payload, bytes) else ""
    return ""
