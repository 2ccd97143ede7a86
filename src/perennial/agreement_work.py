"""What `perennial agreement` does on the database: load a new version of the text, list those that are there."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from perennial.local_database import day_of, stop, text_of, today_of, with_database
from storage.agreement_loading import AgreementRefused, NewAgreement, load_agreement
from storage.agreements import AgreementText, current_document, list_documents
from storage.database import Database


def load(file: Path, *, version: str, since: str, dry_run: bool) -> None:
    """Load a new version; one that is there never changes, and the very same again changes nothing."""
    new = NewAgreement(version=version, text=text_of(file), effective_from=day_of(since))
    try:
        is_new = with_database(lambda database: _load(database, new, dry_run=dry_run))
    except AgreementRefused as refused:
        stop(f"{file}: {refused.code}: {refused}")
    done = "Would load" if dry_run else "Loaded"
    typer.echo(f"{done} version {version}, from {since}." if is_new else f"Version {version} is there already.")


def show_versions(*, as_json: bool) -> None:
    """List the versions, the one that came last first."""
    documents, current = with_database(_read)
    if as_json:
        typer.echo(json.dumps([_as_json(document) for document in documents], indent=2, ensure_ascii=False))
        return
    table = Table("version", "language", "from", "", "sha256")
    for document in documents:
        now = "in force" if document.id == current.id else ""
        table.add_row(document.version, document.language, document.effective_from.isoformat(), now, document.sha256)
    Console().print(table)


async def _load(database: Database, new: NewAgreement, *, dry_run: bool) -> bool:
    async def loaded(connection: AsyncConnection) -> bool:
        return await load_agreement(connection, new, today=await today_of(connection), dry_run=dry_run)

    return await database.in_transaction(loaded)


async def _read(database: Database) -> tuple[tuple[AgreementText, ...], AgreementText]:
    async with database.read() as connection:
        today: date = await today_of(connection)
        return await list_documents(connection), await current_document(connection, on=today)


def _as_json(document: AgreementText) -> dict[str, str]:
    return {
        "id": document.id,
        "version": document.version,
        "language": document.language,
        "effective_from": document.effective_from.isoformat(),
        "sha256": document.sha256,
        "text": document.text,
    }
