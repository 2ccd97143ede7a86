"""A mail as it goes over the wire: the same bytes however often it is sent."""

from __future__ import annotations

from binascii import b2a_qp
from email.policy import SMTP
from email.utils import format_datetime

from activities.mail_texts import Mail

KIND_HEADER = "X-Perennial-Kind"
SUBSCRIPTION_HEADER = "X-Perennial-Subscription"
INVOICE_HEADER = "X-Perennial-Invoice"
LINE = 78
LONGEST_LINE = 990  # the wire takes 998 octets
BOUNDARY = "=_perennial"  # quoted-printable text never holds "=_", so nothing that is said ends its part
OPENING, CLOSING = f"\r\n--{BOUNDARY}\r\n".encode(), f"\r\n--{BOUNDARY}--\r\n".encode()


class UnsafeHeader(ValueError):
    """A header would hold a line end, which is how further headers are smuggled in."""


def message_bytes(mail: Mail, *, sender: str) -> bytes:
    """Return the message with its text and HTML parts.

    Raises:
        UnsafeHeader: a header would hold a line end.
    """
    headers = (
        _header("From", sender),
        _header("To", mail.to),
        _header("Subject", mail.subject),
        _header("Date", format_datetime(mail.at)),
        _header("Message-ID", mail.message_id),
        _header("Auto-Submitted", "auto-generated"),
        _header(KIND_HEADER, mail.kind),
        *_subject_headers(mail),
        _header("MIME-Version", "1.0"),
        _header("Content-Type", f'multipart/alternative; boundary="{BOUNDARY}"'),
    )
    parts = (OPENING, _part("plain", mail.text), OPENING, _part("html", mail.html), CLOSING)
    return b"".join((*headers, *parts))


def _subject_headers(mail: Mail) -> list[bytes]:
    named = ((SUBSCRIPTION_HEADER, mail.subscription_id), (INVOICE_HEADER, mail.invoice_id))
    return [_header(name, value) for name, value in named if value is not None]


def _header(name: str, value: str) -> bytes:
    if value.isascii() and value.isprintable() and len(name) + len(value) + 2 <= LINE:
        return f"{name}: {value}\r\n".encode("ascii")
    if "\r" in value or "\n" in value:
        message = f"{name} would hold a line end"
        raise UnsafeHeader(message)
    return SMTP.fold_binary(*SMTP.header_store_parse(name, value))


def _part(subtype: str, content: str) -> bytes:
    encoding, body = _encoded(content)
    head = f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return head.encode("ascii") + body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _encoded(content: str) -> tuple[str, bytes]:
    """Plain words travel as they are, whatever else there is as quoted-printable."""
    if content.isascii() and BOUNDARY not in content and max(map(len, content.splitlines())) <= LONGEST_LINE:
        return "7bit", content.encode("ascii")
    return "quoted-printable", b2a_qp(content.encode(), istext=True)
