"""Passwords: set once with a secret that was given out for it, and kept as an argon2id hash alone."""

from __future__ import annotations

import asyncio
import secrets
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy.ext.asyncio import AsyncConnection

from intake.changing import Setting, record_change
from intake.scope import Caller
from intake.shown_once import SETUP_PREFIX, is_well_formed, keyed_hash
from intake.users import audited, caller_of
from lifecycle.refusals import FieldError, InvalidInput, LinkDead
from storage.database import Database
from storage.partners import find_partner
from storage.users import User, find_user_by_setup, update_user

SHORTEST, LONGEST = 12, 200
FEWEST_CHARACTERS = 5  # different ones
_THREADS = 2
_MEMORY_KIB, _ROUNDS, _LANES = 19 * 1024, 2, 1


def new_hasher() -> PasswordHasher:
    """Return what hashes passwords, at the costs that they are kept with."""
    return PasswordHasher(time_cost=_ROUNDS, memory_cost=_MEMORY_KIB, parallelism=_LANES)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPassword:
    """A password and the secret that entitles to set it; neither is shown by `repr`."""

    secret: str = field(repr=False)
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Entitled:
    """Whom a secret lets set a password."""

    user: User
    caller: Caller


class Passwords:
    """Hashes passwords in a few threads of its own, so that neither the loop nor any transaction waits for it."""

    def __init__(self, database: Database, *, pepper: bytes) -> None:
        """Take what the hashes are kept in, and what the secrets' hashes are keyed with."""
        self._database = database
        self._pepper = pepper
        self._hasher = new_hasher()
        self._threads = ThreadPoolExecutor(_THREADS, "password")
        self._nobody = self._hasher.hash(secrets.token_hex(16))  # what the passwords of unknown users are held against

    def close(self) -> None:
        """End the threads, whatever they are at."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def set(self, new: NewPassword, *, at: datetime, now: datetime, request_id: str) -> None:
        """Set the password of whom the secret entitles, which ends the secret; `at` is for the audit, `now` wall time.

        Raises:
            LinkDead: `setup_secret_invalid`; one that is unknown, used, replaced, over or its user's disabled.
            PartnerDisabled: the user's partner is disabled.
            InvalidInput: `password_guessable`.
        """
        if not is_well_formed(new.secret, SETUP_PREFIX):
            raise _invalid()
        async with self._database.read() as connection:
            found = await self._entitled(connection, new.secret, now)
        password = normalised(new.password)
        check_password(password, found.user.email)
        running = asyncio.get_running_loop()
        hashed = await running.run_in_executor(self._threads, self._hasher.hash, password)

        async def store(connection: AsyncConnection) -> None:
            found = await self._entitled(connection, new.secret, now, lock=True)
            after = _with_password(found.user, hashed, now)
            await update_user(connection, after)
            setting = Setting(caller=found.caller, at=at, request_id=request_id)
            members = {"before": audited(found.user), "after": audited(after)}
            await record_change(connection, setting, "user.password", subject_id=after.id, **members)

        await self._database.in_transaction(store)

    async def fits(self, password: str, password_hash: str | None) -> bool:
        """Return whether a password is the one of the hash; without a hash it takes as long, and none fits."""
        running = asyncio.get_running_loop()
        against = password_hash or self._nobody
        fits = await running.run_in_executor(self._threads, self._verified, against, normalised(password))
        return fits and password_hash is not None

    def _verified(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except VerifyMismatchError:
            return False

    async def _entitled(
        self, connection: AsyncConnection, secret: str, now: datetime, *, lock: bool = False
    ) -> _Entitled:
        user = await find_user_by_setup(connection, keyed_hash(secret, self._pepper), lock=lock)
        if user is None or not user.may_set_password(now):
            raise _invalid()
        partner = await find_partner(connection, user.partner_id)
        if partner is None:
            message = f"{user.id} has no partner"
            raise LookupError(message)
        caller = caller_of(user, partner)
        caller.require()
        return _Entitled(user, caller)


def _with_password(user: User, password_hash: str, now: datetime) -> User:
    """The secret has done its work."""
    set_now = replace(user, password_hash=password_hash, password_set_at=now, updated_at=now)
    return replace(set_now, setup_hash=None, setup_expires_at=None)


def normalised(password: str) -> str:
    """Return a password as it is hashed: composed, so that another keyboard's `é` is the same one."""
    return unicodedata.normalize("NFC", password)


def check_password(password: str, email: str) -> None:
    """Let pass what cannot be guessed from the address, or by holding a key down.

    Raises:
        InvalidInput: `password_guessable`.
    """
    local, _, _ = email.casefold().partition("@")
    if password.casefold() in {email.casefold(), local} or len(set(password)) < FEWEST_CHARACTERS:
        message = f"Not the address, and at least {FEWEST_CHARACTERS} different characters."
        raise InvalidInput(FieldError("password", "password_guessable", message))


def _invalid() -> LinkDead:
    return LinkDead("setup_secret_invalid", "This secret sets no password, or does not any more; ask for another.")
