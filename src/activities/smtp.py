"""One connection to the mail server, and what its answers mean for a mail."""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass

from aiosmtplib import (
    SMTP,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientRefused,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPServerDisconnected,
)
from pydantic import SecretStr

from activities.trouble import NotNow, Refused, Trouble, Unreachable

TIMEOUT_SECONDS = 20.0
FOR_GOOD = range(500, 600)
# Not about the mail: the server goes away, or wants us to sign in first.
ABOUT_US = frozenset({421, 454, 530, 534, 535, 538})
_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpSettings:
    """Where mail is handed over, and from whom it comes (`Perennial <no-reply@…>`)."""

    host: str
    port: int
    sender: str
    user: str | None = None
    password: SecretStr | None = None
    start_tls: bool = False
    timeout_seconds: float = TIMEOUT_SECONDS

    @property
    def envelope_sender(self) -> str:
        """The bare address that bounces go to."""
        return self.sender.rpartition("<")[2].rstrip("> ")


class SmtpLine:
    """A connection that opens at the first mail and is kept for the next ones."""

    def __init__(self, settings: SmtpSettings) -> None:
        """Take the settings; nothing is opened yet."""
        self._settings = settings
        self._open: SMTP | None = None

    async def send(self, to: str, message: bytes) -> None:
        """Hand a mail over; when this returns, the server has taken it.

        Raises:
            Refused: for good.
            NotNow: for now.
            Unreachable: the server cannot be spoken to.
        """
        if self._open is not None:
            try:
                await self._send(self._open, to, message)
            except SMTPServerDisconnected:
                await self.close()  # servers hang up on idle connections; that says nothing about this mail
            else:
                return
        connection = await self._connected()
        try:
            await self._send(connection, to, message)
        except SMTPServerDisconnected as error:
            await self.close()
            raise Unreachable(_named(error)) from None

    async def close(self) -> None:
        """Say goodbye if the server still listens."""
        connection, self._open = self._open, None
        if connection is None:
            return
        try:
            await connection.quit()
        except (SMTPException, OSError):
            connection.close()

    async def _send(self, connection: SMTP, to: str, message: bytes) -> None:
        options = [] if to.isascii() else ["SMTPUTF8"]
        try:
            await connection.sendmail(self._settings.envelope_sender, [to], message, mail_options=options)
        except SMTPServerDisconnected:
            raise
        except (SMTPNotSupported, ValueError) as error:
            raise Refused(f"the address cannot be written to this server ({type(error).__name__})") from None
        except SMTPRecipientsRefused as error:
            raise _verdict(error.recipients[0]) from None
        except SMTPResponseException as error:
            raise _verdict(error) from None
        except (SMTPException, OSError) as error:
            await self.close()
            raise Unreachable(_named(error)) from None

    async def _connected(self) -> SMTP:
        settings = self._settings
        connection = SMTP(
            hostname=settings.host,
            port=settings.port,
            local_hostname=settings.envelope_sender.rpartition("@")[2],
            start_tls=settings.start_tls,
            timeout=settings.timeout_seconds,
        )
        try:
            await connection.connect()
            if settings.user is not None and settings.password is not None:
                await connection.login(settings.user, settings.password.get_secret_value())
        except (SMTPException, OSError, ssl.SSLError) as error:
            connection.close()
            raise Unreachable(_named(error)) from None
        self._open = connection
        return connection


def _verdict(error: SMTPResponseException) -> Trouble:
    reason = _coded(error)
    if error.code in ABOUT_US or isinstance(error, SMTPSenderRefused):
        return Unreachable(reason)
    about = "recipient" if isinstance(error, SMTPRecipientRefused) else "message"
    if error.code in FOR_GOOD:
        return Refused(f"{about} refused for good: {reason}")
    return NotNow(f"{about} refused for now: {reason}")


def _coded(error: SMTPResponseException) -> str:
    """The server's own words may hold the address, so only its codes are kept."""
    enhanced = _ENHANCED.search(error.message)
    return f"{error.code} {enhanced.group()}" if enhanced else str(error.code)


def _named(error: Exception) -> str:
    if isinstance(error, SMTPResponseException):
        return f"mail server: {_coded(error)}"
    return f"mail server: {type(error).__name__}"
