"""A real mail server that answers as a test tells it to, and keeps what it took."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default

from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class Taken:
    """One mail that the server took."""

    to: str
    content: bytes

    @property
    def message(self) -> Message:
        return message_from_bytes(self.content)

    @property
    def parsed(self) -> EmailMessage:
        return message_from_bytes(self.content, policy=default)


@dataclass
class MailServer:
    """Answers `recipients[address]` and `mails[address]` where a test put an answer, and takes all else."""

    port: int = 0
    recipients: dict[str, str] = field(default_factory=dict[str, str])
    mails: dict[str, str] = field(default_factory=dict[str, str])
    taken: list[Taken] = field(default_factory=list[Taken])
    sessions: int = 0
    hangs_up_after: int | None = None

    async def handle_RCPT(  # noqa: N802 # aiosmtpd's own
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        answer = self.recipients.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 # As above.
        to = envelope.rcpt_tos[0]
        answer = self.mails.get(to, "250 OK")
        if answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.taken.append(Taken(to, envelope.content))
        if self.hangs_up_after is not None and len(self.taken) >= self.hangs_up_after:
            self.hangs_up_after = None
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return answer

    @property
    def message_ids(self) -> list[str]:
        return [mail.message["Message-ID"] for mail in self.taken]


@asynccontextmanager
async def mail_server(port: int = 0) -> AsyncGenerator[MailServer]:
    """A server on a port of loopback."""
    kept = MailServer()

    def session() -> SMTP:
        kept.sessions += 1
        return SMTP(kept, hostname="localhost", enable_SMTPUTF8=True)

    server = await asyncio.get_running_loop().create_server(session, "127.0.0.1", port)
    async with server:
        kept.port = server.sockets[0].getsockname()[1]
        yield kept
