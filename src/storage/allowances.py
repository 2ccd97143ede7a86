"""What each key may still ask, as the processes that share its limit leave it to one another."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.rows import values_of
from storage.tables import allowances

NEW = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """`level` millionths of a request, as of `filled_at`; beside them, `lent` requests until `lent_until`.

    What is lent lies with processes that have not said yet that they have spent it. `version` counts the changes.
    """

    level: int
    filled_at: datetime
    lent: int
    lent_until: datetime
    version: int = NEW


async def find_allowance(connection: AsyncConnection, actor: str) -> Allowance | None:
    """Return what a key or user may still ask, None when it never asked."""
    row = (await connection.execute(_ALLOWANCE, {"of": actor})).one_or_none()
    return None if row is None else Allowance(**values_of(row))


async def replace_allowance(connection: AsyncConnection, actor: str, allowance: Allowance) -> Allowance | None:
    """Store the allowance if it was made from the one that is stored, and return it with its new version.

    It is one statement. None means that somebody else was first, and that nothing was stored.
    """
    stored = replace(allowance, version=allowance.version + 1)
    if allowance.version == NEW:
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        new = dialect.insert(allowances).values(actor=actor, **asdict(stored)).on_conflict_do_nothing()
        is_stored = await connection.scalar(new.returning(allowances.c.version)) is not None
    else:
        values = {"of": actor, "seen": allowance.version, **asdict(stored)}
        is_stored = (await connection.execute(_REPLACE, values)).rowcount == 1
    return stored if is_stored else None


# Built once: they are asked whenever a process has spent what it was lent.
_ALLOWANCE = select(*(allowances.c[name] for name in Allowance.__dataclass_fields__)).where(
    allowances.c.actor == bindparam("of")
)
_REPLACE = update(allowances).where(allowances.c.actor == bindparam("of"), allowances.c.version == bindparam("seen"))
