"""Making and changing users, and the secrets with which they set a password, each with its audit entry."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from intake.changing import Setting, record_change
from intake.denials import MissingScope, NotFound, Unauthenticated
from intake.roles import OPS, ROLES
from intake.scope import Caller, visible_partners
from intake.shown_once import SETUP_PREFIX, keyed_hash, new_secret_text
from intake.sight import visible_users
from lifecycle.portrait import instant
from lifecycle.refusals import Conflict, FieldError, InvalidInput
from storage.ids import new_id
from storage.partners import OPERATOR, Partner, find_partner
from storage.users import DISABLED, ENABLED, User, find_user, insert_user, update_user

SETUP_LASTS = timedelta(hours=72)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUser:
    """Who is asked for: a person of a partner, None being the caller's own."""

    partner_id: str | None
    email: str
    name: str
    role: str


def caller_of(user: User, partner: Partner) -> Caller:
    """Return a user as somebody who asks; of a disabled partner too, `require` stops it later.

    Raises:
        Unauthenticated: the user is disabled.
    """
    if user.state == DISABLED:
        raise Unauthenticated
    return Caller(partner=partner, actor=user.id, scopes=frozenset(ROLES[user.role]))


async def create_user(
    connection: AsyncConnection, setting: Setting, asked: NewUser, *, pepper: bytes, now: datetime
) -> tuple[User, str]:
    """Store a new user and return it with the secret that sets its password; `now` is wall time.

    Raises:
        NotFound: no such partner, or none that the caller sees.
        MissingScope: the caller lacks a scope that the role has.
        InvalidInput: `role_not_grantable`, `duplicate_email`.
    """
    wanted = asked.partner_id or setting.caller.partner.id
    partner = await find_partner(connection, wanted, visible=visible_partners(setting.caller), lock=True)
    if partner is None:
        raise NotFound
    _check_grant(setting.caller, asked.role, partner)
    text, setup = _new_setup(pepper, now)
    user = User(
        id=new_id("usr"),
        partner_id=partner.id,
        email=asked.email,
        name=asked.name,
        role=asked.role,
        state=ENABLED,
        created_at=now,
        updated_at=now,
        **setup,
    )
    with _unique_address():
        await insert_user(connection, user)
    await record_change(connection, setting, "user.create", subject_id=user.id, before={}, after=audited(user))
    return user, text


async def edit_user(
    connection: AsyncConnection, setting: Setting, user_id: str, changes: Mapping[str, Any], *, now: datetime
) -> User:
    """Store a changed name, role or state. Without a change nothing happens.

    Disabling ends the secret that sets a password, if one is out.

    Raises:
        NotFound: no such user, or none that the caller sees.
        MissingScope: the user would be enabled, or get a role, with a scope that the caller lacks.
        InvalidInput: `role_not_grantable`.
    """
    before = await _locked(connection, setting, user_id)
    after = replace(before, **changes)
    if after == before:
        return before
    if after.role != before.role or (after.state, before.state) == (ENABLED, DISABLED):
        await _check_grant_to(connection, setting.caller, after)
    if after.state == DISABLED:
        after = replace(after, setup_hash=None, setup_expires_at=None)
    return await _store(connection, setting, "user.edit", before, replace(after, updated_at=now))


async def renew_setup(
    connection: AsyncConnection, setting: Setting, user_id: str, *, pepper: bytes, now: datetime
) -> tuple[User, str]:
    """Give a user another secret to set a password with; the one before ends, a password goes on until it is replaced.

    Raises:
        NotFound: no such user, or none that the caller sees.
        MissingScope: the user has a scope that the caller lacks, and whoever sets the password has it too.
        Conflict: `user_disabled`.
    """
    before = await _locked(connection, setting, user_id)
    await _check_grant_to(connection, setting.caller, before)
    if before.state == DISABLED:
        raise Conflict("user_disabled", "The user is disabled; enable it first.")
    text, setup = _new_setup(pepper, now)
    after = replace(before, updated_at=now, **setup)
    return await _store(connection, setting, "user.setup", before, after), text


def audited(user: User) -> dict[str, Any]:
    """Return what the audit trail keeps of a user: no secret, and no hash of one."""
    return {
        "partner_id": user.partner_id,
        "email": user.email,
        "name": user.name,
        "role": user.role,
        "state": user.state,
        "password_set_at": instant(user.password_set_at),
        "setup_expires_at": instant(user.setup_expires_at),
    }


async def _store(connection: AsyncConnection, setting: Setting, action: str, before: User, after: User) -> User:
    await update_user(connection, after)
    members = {"before": audited(before), "after": audited(after)}
    await record_change(connection, setting, action, subject_id=after.id, **members)
    return after


async def _locked(connection: AsyncConnection, setting: Setting, user_id: str) -> User:
    found = await find_user(connection, user_id, visible_users(setting.caller), lock=True)
    if found is None:
        raise NotFound
    return found


async def _check_grant_to(connection: AsyncConnection, caller: Caller, user: User) -> None:
    partner = await find_partner(connection, user.partner_id)
    if partner is None:
        message = f"{user.id} has no partner"
        raise LookupError(message)
    _check_grant(caller, user.role, partner)


def _check_grant(caller: Caller, role: str, partner: Partner) -> None:
    """Nobody gives out more than it holds, by a user as little as by a key."""
    for scope in ROLES[role]:
        if not caller.has_scope(scope):
            raise MissingScope(scope)
    if role == OPS and partner.kind != OPERATOR:
        raise InvalidInput(FieldError("role", "role_not_grantable", "Only the operator's users have this role."))


def _new_setup(pepper: bytes, now: datetime) -> tuple[str, dict[str, Any]]:
    text = new_secret_text(SETUP_PREFIX)
    return text, {"setup_hash": keyed_hash(text, pepper), "setup_expires_at": now + SETUP_LASTS}


@contextmanager
def _unique_address() -> Generator[None, None, None]:
    """Say in the caller's words that there is a user of this address."""
    try:
        yield
    except IntegrityError as error:
        if "email_folded" not in str(error.orig):
            raise
        raise InvalidInput(FieldError("email", "duplicate_email", "A user has this address already.")) from error
