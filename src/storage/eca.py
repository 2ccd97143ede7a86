"""Requests for the agreement and their links; what an event means for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, insert, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from lifecycle.events import EcaAccepted, EcaAcceptorChanged, EcaDeclined, EcaRequested, EcaResent, Event
from lifecycle.subscription import Subscription
from storage.eca_tokens import EcaKeys, token, token_hash
from storage.evidence import record_decision
from storage.rows import values_of
from storage.tables import eca_links, eca_requests


@dataclass(frozen=True, slots=True, kw_only=True)
class EcaLink:
    """A link with its request; `is_newest` when no later link or request of the subscription has replaced it."""

    token_hash: str
    link_number: int
    key_id: str
    request_id: str
    subscription_id: str
    customer_id: str
    acceptor_email: str
    document_id: str
    requested_at: datetime
    is_newest: bool


async def record_eca_event(
    connection: AsyncConnection,
    event: Event,
    *,
    subscription: Subscription,
    keys: EcaKeys,
    evidence: Mapping[str, Any] | None,
    mail_domain: str,
) -> None:
    """Record what an event means for the agreement; most events mean nothing for it.

    Raises:
        ValueError: a decision came without its evidence.
    """
    match event:
        case EcaRequested() | EcaResent() | EcaAcceptorChanged():
            await record_request(connection, event=event, subscription=subscription, keys=keys)
        case EcaAccepted() | EcaDeclined():
            if evidence is None:
                message = f"{event.kind} of {event.request_id} came without evidence"
                raise ValueError(message)
            await record_decision(connection, event=event, evidence=evidence, mail_domain=mail_domain)
        case _:
            return


async def record_request(
    connection: AsyncConnection,
    *,
    event: EcaRequested | EcaResent | EcaAcceptorChanged,
    subscription: Subscription,
    keys: EcaKeys,
) -> None:
    """Insert what an event about the request adds: the request, its link. `subscription` is as the event left it."""
    if isinstance(event, EcaResent):
        request_id, number = _request_of(subscription), event.link_number
    else:
        request_id, number = event.request_id, 1
        await _insert_request(connection, event, subscription)
    secret = token(keys, request_id, number, key_id=keys.current_id)
    link = {"token_hash": token_hash(secret), "request_id": request_id, "link_number": number}
    await connection.execute(insert(eca_links).values(**link, key_id=keys.current_id, made_at=event.at))


async def find_link(connection: AsyncConnection, hashed: str) -> EcaLink | None:
    """Return the link with this token hash, None when there is none."""
    return await _find_link(connection, eca_links.c.token_hash == hashed)


def _request_of(subscription: Subscription) -> str:
    if subscription.eca is None:
        message = f"{subscription.id} awaits no agreement"
        raise ValueError(message)
    return subscription.eca.id


async def _insert_request(
    connection: AsyncConnection, event: EcaRequested | EcaAcceptorChanged, subscription: Subscription
) -> None:
    await connection.execute(
        insert(eca_requests).values(
            id=event.request_id,
            subscription_id=subscription.id,
            customer_id=subscription.customer_id,
            acceptor_email=event.acceptor_email,
            document_id=event.document_id,
            requested_at=event.at,
        )
    )


async def _find_link(connection: AsyncConnection, which: ColumnElement[bool]) -> EcaLink | None:
    request = eca_requests.c
    query = (
        select(
            eca_links.c.token_hash,
            eca_links.c.link_number,
            eca_links.c.key_id,
            request.id.label("request_id"),
            request.subscription_id,
            request.customer_id,
            request.acceptor_email,
            request.document_id,
            request.requested_at,
            not_(_is_replaced()).label("is_newest"),
        )
        .join(eca_requests, request.id == eca_links.c.request_id)
        .where(which)
    )
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    values = values_of(row)
    values["is_newest"] = bool(row.is_newest)  # SQLite has no truth values
    return EcaLink(**values)


def _is_replaced() -> ColumnElement[bool]:
    link, request = eca_links.alias("later_link"), eca_requests.alias("later_request")
    later_link = exists().where(
        link.c.request_id == eca_links.c.request_id, link.c.link_number > eca_links.c.link_number
    )
    same_instant = and_(request.c.requested_at == eca_requests.c.requested_at, request.c.id > eca_requests.c.id)
    later_request = exists().where(
        request.c.subscription_id == eca_requests.c.subscription_id,
        or_(request.c.requested_at > eca_requests.c.requested_at, same_instant),
    )
    return or_(later_link, later_request)
