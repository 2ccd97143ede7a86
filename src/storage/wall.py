"""The second wall: on PostgreSQL a caller's connection is shown the caller's rows alone, whatever it asks for.

Such a connection has a role that may only read, and whose rows every table's policy picks by one setting: as whom it
looks. The policies are the migrations'; a table without one, and without its name in `OPEN`, is not shown at all.
"""

from __future__ import annotations

from sqlalchemy import bindparam, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

ROLE = "perennial_caller"
SETTING = "perennial.caller"
EVERYTHING = "*"  # as whom the operator looks

OPEN = frozenset({"agreement_documents", "catalogues", "price_rows"})  # the same for everybody
# Nobody's; what is of the console is read by the session alone.
CLOSED = frozenset(
    {
        *("allowances", "drafts", "failed_sign_ins", "installation", "invoice_counters", "invoice_runs"),
        *("receivers", "sessions"),
    }
)

NO_SUCH_ROLE, NOT_GRANTED = "22023", "42501"
_LOOKS_AS = "looks_as"  # what a pooled connection was told last

_LOOK = text("SELECT set_config(:setting, :seer, :for_now)").bindparams(bindparam("setting", SETTING))
_TAKE_ROLE = text("SELECT set_config('role', :role, true)").bindparams(bindparam("role", ROLE))
_IS_WALLED = text("SELECT has_table_privilege('customers', 'SELECT') AND row_security_active('customers')")


async def look_as(connection: AsyncConnection, seer: str) -> None:
    """Have a caller's connection look as `seer` until it is told otherwise; one that does already is not told again."""
    if connection.info.get(_LOOKS_AS) == seer:
        return
    # Whatever cuts this short, the next one tells it anew.
    connection.info.pop(_LOOKS_AS, None)
    await connection.execute(_LOOK, {"seer": seer, "for_now": False})
    connection.info[_LOOKS_AS] = seer


async def look_for_now(connection: AsyncConnection, seer: str) -> None:
    """Have a caller's connection look as `seer` until its transaction ends."""
    await connection.execute(_LOOK, {"seer": seer, "for_now": True})


async def is_standing(engine: AsyncEngine) -> bool:
    """Return whether the database's user may take the callers' role, and the role is held by the wall."""
    async with engine.connect() as connection:
        try:
            await connection.execute(_TAKE_ROLE)
            return bool(await connection.scalar(_IS_WALLED))
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in {NO_SUCH_ROLE, NOT_GRANTED}:
                raise
            return False
