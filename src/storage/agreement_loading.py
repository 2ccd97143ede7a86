"""Loading a version of the agreement: a new one, or the same again; one that is there never changes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from storage.agreements import AgreementText, find_version, insert_document, list_documents

_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,15}", re.ASCII)


class AgreementRefused(Exception):
    """A version that cannot be loaded; the message says why, `code` is stable."""

    def __init__(self, code: str, message: str) -> None:
        """Keep the code beside the message."""
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAgreement:
    """A text as it will be shown, its version, and the first day on whose requests it is shown."""

    version: str
    text: str
    effective_from: date


async def load_agreement(connection: AsyncConnection, new: NewAgreement, *, today: date, dry_run: bool = False) -> bool:
    """Insert a version and return True, or return False when the very same is there; `dry_run` only looks.

    Raises:
        AgreementRefused: `invalid_version`, `empty_text`, `version_exists`, `already_past` or `day_taken`.
    """
    _check_shape(new)
    present = await find_version(connection, new.version)
    if present is not None:
        _check_same(new, present)
        return False
    await _check_day(connection, new, today=today)
    if dry_run:
        return True
    # Of two that load one version at once the second finds the first's by the table's constraint.
    return await insert_document(connection, version=new.version, text=new.text, effective_from=new.effective_from)


def _check_shape(new: NewAgreement) -> None:
    if not _VERSION.fullmatch(new.version):
        raise AgreementRefused("invalid_version", "A version is 1 to 16 letters, digits, dots and hyphens.")
    if not new.text.strip():
        raise AgreementRefused("empty_text", "There is no text.")


def _check_same(new: NewAgreement, present: AgreementText) -> None:
    if (new.text, new.effective_from) != (present.text, present.effective_from):
        message = f"Version {new.version} is there, from {present.effective_from}; a version never changes."
        raise AgreementRefused("version_exists", message)


async def _check_day(connection: AsyncConnection, new: NewAgreement, *, today: date) -> None:
    # What was asked of acceptors on a day that is over must stay what it was.
    if new.effective_from < today:
        raise AgreementRefused("already_past", f"A version begins today ({today}) or later.")
    taken = [one.version for one in await list_documents(connection) if one.effective_from == new.effective_from]
    if taken:
        raise AgreementRefused("day_taken", f"Version {taken[0]} begins on {new.effective_from}.")
