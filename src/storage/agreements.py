"""The texts of the Enterprise Certificate Agreement, each kept exactly as it was shown."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.ids import new_id
from storage.rows import values_of
from storage.tables import agreement_documents

TEXTS = Path(__file__).with_name("agreements")
LANGUAGE = "en"
SHIPPED = (("2026.1", date(2026, 1, 1)),)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementText:
    """One version of the agreement in one language; `sha256` is that of the text's UTF-8 bytes."""

    id: str
    version: str
    language: str
    sha256: str
    text: str
    effective_from: date


async def current_document(connection: AsyncConnection, *, on: date) -> AgreementText:
    """Return the document that a request of this day shows.

    Raises:
        LookupError: none is in force; `seed_agreements` puts the first one there.
    """
    query = (
        select(agreement_documents)
        .where(agreement_documents.c.language == LANGUAGE, agreement_documents.c.effective_from <= on)
        .order_by(agreement_documents.c.effective_from.desc(), agreement_documents.c.id.desc())
        .limit(1)
    )
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        message = f"no agreement is in force on {on}"
        raise LookupError(message)
    return AgreementText(**values_of(row))


async def find_document(connection: AsyncConnection, document_id: str) -> AgreementText | None:
    """Return a document by its id."""
    query = select(agreement_documents).where(agreement_documents.c.id == document_id)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else AgreementText(**values_of(row))


async def find_version(connection: AsyncConnection, version: str) -> AgreementText | None:
    """Return a document by its version."""
    query = select(agreement_documents).where(
        agreement_documents.c.version == version, agreement_documents.c.language == LANGUAGE
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else AgreementText(**values_of(row))


async def list_documents(
    connection: AsyncConnection, *, before: str | None = None, limit: int | None = None
) -> tuple[AgreementText, ...]:
    """Return all documents, the one that came last first; `before` is the id that the page begins after."""
    query = select(agreement_documents).order_by(agreement_documents.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(agreement_documents.c.id < before)
    return tuple(AgreementText(**values_of(row)) for row in await connection.execute(query))


async def insert_document(connection: AsyncConnection, *, version: str, text: str, effective_from: date) -> bool:
    """Insert a version unless it is there already; return whether it was new. A text that exists never changes."""
    document = AgreementText(
        id=new_id("doc"),
        version=version,
        language=LANGUAGE,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        text=text,
        effective_from=effective_from,
    )
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    new = dialect.insert(agreement_documents).values(**asdict(document)).on_conflict_do_nothing()
    return await connection.scalar(new.returning(agreement_documents.c.id)) is not None


async def seed_agreements(connection: AsyncConnection) -> None:
    """Insert the texts that come with the product; nothing happens when they are there."""
    for version, effective_from in SHIPPED:
        text = (TEXTS / f"eca-{version}-{LANGUAGE}.txt").read_text(encoding="utf-8")
        await insert_document(connection, version=version, text=text, effective_from=effective_from)
