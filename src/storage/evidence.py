"""The evidence of every decision about the agreement; it is only ever added to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from lifecycle.events import EcaAccepted, EcaDeclined
from storage.ids import new_id
from storage.rows import values_of
from storage.tables import agreement_documents, customers, eca_decisions, eca_requests, tellings
from storage.tellings import FAILED, REFUSED, SKIPPED

REQUEST_MAILS = ("eca_request", "eca_reminder")
NEVER_MAILED = (REFUSED, SKIPPED, FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class EcaDecision:
    """The evidence of one decision."""

    id: str
    request_id: str
    subscription_id: str
    customer_id: str
    decision: str
    acceptor_email: str
    name: str | None
    job_title: str | None
    may_bind: bool
    reason: str | None
    decided_at: datetime
    ip: str
    user_agent: str
    document_id: str
    document_version: str
    document_language: str
    document_sha256: str
    message_ids: tuple[str, ...]
    token_hash: str


async def record_decision(
    connection: AsyncConnection,
    *,
    event: EcaAccepted | EcaDeclined,
    evidence: Mapping[str, Any],
    mail_domain: str,
) -> EcaDecision:
    """Insert the evidence of a decision; an acceptance becomes the one on file.

    `evidence` is what the page took down: `may_bind` (an acceptance), `ip`, `user_agent`, `token_hash`.
    """
    request = await _request_facts(connection, event.request_id)
    decision = EcaDecision(
        **request,
        **_decided(event),
        decided_at=event.at,
        may_bind=isinstance(event, EcaAccepted) and bool(evidence["may_bind"]),
        ip=evidence["ip"],
        user_agent=evidence["user_agent"][:500],
        token_hash=evidence["token_hash"],
        message_ids=await _message_ids(connection, request, mail_domain),
    )
    values = {**asdict(decision), "message_ids": list(decision.message_ids)}
    await connection.execute(insert(eca_decisions).values(**values))
    if isinstance(event, EcaAccepted):
        its_customer = customers.c.id == decision.customer_id
        await connection.execute(update(customers).where(its_customer).values(eca_acceptance_id=decision.id))
    return decision


async def find_decision(connection: AsyncConnection, request_id: str) -> EcaDecision | None:
    """Return how a request was decided, None while it is not."""
    found = await _list_decisions(connection, eca_decisions.c.request_id == request_id)
    return found[0] if found else None


async def list_evidence(connection: AsyncConnection, customer_id: str) -> tuple[EcaDecision, ...]:
    """Return every decision of a customer, newest first."""
    return await _list_decisions(connection, eca_decisions.c.customer_id == customer_id)


def _decided(event: EcaAccepted | EcaDeclined) -> dict[str, Any]:
    if isinstance(event, EcaAccepted):
        words = {"name": event.name, "job_title": event.job_title, "reason": None}
        return {"id": event.acceptance_id, "decision": "accepted", **words}
    return {"id": new_id("eca"), "decision": "declined", "name": None, "job_title": None, "reason": event.reason}


async def _request_facts(connection: AsyncConnection, request_id: str) -> dict[str, Any]:
    document, request = agreement_documents.c, eca_requests.c
    query = (
        select(
            request.id.label("request_id"),
            request.subscription_id,
            request.customer_id,
            request.acceptor_email,
            request.document_id,
            document.version.label("document_version"),
            document.language.label("document_language"),
            document.sha256.label("document_sha256"),
        )
        .join(agreement_documents, document.id == request.document_id)
        .where(request.id == request_id)
    )
    return values_of((await connection.execute(query)).one())


async def _message_ids(connection: AsyncConnection, request: Mapping[str, Any], mail_domain: str) -> tuple[str, ...]:
    # One that is pending counts too: its mail may have arrived a moment before it is marked as sent.
    query = (
        select(tellings.c.id, tellings.c.body)
        .where(tellings.c.subscription_id == request["subscription_id"], tellings.c.kind.in_(REQUEST_MAILS))
        .where(tellings.c.status.not_in(NEVER_MAILED))
        .order_by(tellings.c.id)
    )
    rows = await connection.execute(query)
    return tuple(f"<{row.id}@{mail_domain}>" for row in rows if row.body.get("request_id") == request["request_id"])


async def _list_decisions(connection: AsyncConnection, which: ColumnElement[bool]) -> tuple[EcaDecision, ...]:
    query = select(eca_decisions).where(which).order_by(eca_decisions.c.id.desc())
    rows = await connection.execute(query)
    return tuple(_decision(values_of(row)) for row in rows)


def _decision(values: dict[str, Any]) -> EcaDecision:
    values["message_ids"] = tuple(values["message_ids"])
    return EcaDecision(**values)
