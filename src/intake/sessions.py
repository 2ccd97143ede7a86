"""Signing in to the console: by address and password, a few times only when they do not fit, or as a provider says."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy.ext.asyncio import AsyncConnection

from intake.denials import PartnerDisabled
from intake.passwords import Passwords
from intake.scope import Caller
from intake.shown_once import SESSION_PREFIX, is_well_formed, keyed_hash, new_secret_text
from intake.users import caller_of
from storage.database import Database
from storage.failed_sign_ins import FORGOTTEN_AFTER, count_failures, forget_failures, note_failure
from storage.partners import DISABLED
from storage.sessions import Session, delete_session, find_session, insert_session, note_visit
from storage.users import ENABLED, User, find_user_by_address, folded_address

TRIES_OF_A_USER, TRIES_OF_AN_ADDRESS = 5, 30


class SignInFailed(Exception):
    """No enabled user has this address and this password; which of them it is, is not told."""


class LockedOut(Exception):
    """Too many tries failed; `wait` is how long none more is looked at."""

    def __init__(self, wait: timedelta) -> None:
        """Keep the wait."""
        super().__init__()
        self.wait = wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Seated:
    """Who is signed in. `form_token` goes with every form of theirs, and no other site can know it."""

    user: User
    caller: Caller
    form_token: str


class Sessions:
    """Begins sessions, knows them again by their cookie, and ends them."""

    def __init__(self, database: Database, passwords: Passwords, *, pepper: bytes) -> None:
        """Take where sessions are kept, what knows passwords, and what hashes are keyed with."""
        self._database = database
        self._passwords = passwords
        self._pepper = pepper

    async def sign_in(self, email: str, password: str, *, source: str, at: datetime) -> str:
        """Begin a session and return what its cookie holds; `source` is the address of the network.

        Raises:
            SignInFailed: no enabled user has this address and password.
            PartnerDisabled: the user's partner is disabled.
            LockedOut: too many tries failed, of this user or from this source.
        """
        whom, whence = self._subject("user", folded_address(email)), self._subject("source", source)
        await self._check_tries(whom, whence, at)
        async with self._database.read() as connection:
            user = await find_user_by_address(connection, email)
        may = user is not None and user.state == ENABLED
        if not await self._passwords.fits(password, user.password_hash if user and may else None) or user is None:
            await self._database.in_transaction(lambda connection: self._failed(connection, whom, whence, at))
            raise SignInFailed
        return await self._begun(user, whom, at)

    async def sign_in_as(self, email: str, *, at: datetime) -> str:
        """Begin a session of whom a provider knows by this address, and return what its cookie holds.

        Raises:
            SignInFailed: no enabled user has this address.
            PartnerDisabled: the user's partner is disabled.
        """
        async with self._database.read() as connection:
            user = await find_user_by_address(connection, email)
        if user is None or user.state != ENABLED:
            raise SignInFailed
        return await self._begun(user, self._subject("user", folded_address(email)), at)

    async def find(self, cookie: str | None, *, at: datetime) -> Seated | None:
        """Return who the cookie's session is of; None when it is over, or there never was one.

        Raises:
            PartnerDisabled: the user's partner is disabled.
        """
        if cookie is None or not is_well_formed(cookie, SESSION_PREFIX):
            return None
        hashed = keyed_hash(cookie, self._pepper)
        async with self._database.read() as connection:
            found = await find_session(connection, hashed)
        if found is None or not found.session.is_valid(at):
            return None
        if found.partner.state == DISABLED:
            raise PartnerDisabled
        if found.session.is_visit_news(at):
            async with self._database.write_once() as connection:
                await note_visit(connection, hashed, at=at)
        caller = caller_of(found.user, found.partner)
        return Seated(user=found.user, caller=caller, form_token=self._form_token(hashed))

    async def sign_out(self, cookie: str) -> None:
        """End the cookie's session."""
        async with self._database.write_once() as connection:
            await delete_session(connection, keyed_hash(cookie, self._pepper))

    async def _begun(self, user: User, whom: str, at: datetime) -> str:
        text = new_secret_text(SESSION_PREFIX)
        session = Session(hash=keyed_hash(text, self._pepper), user_id=user.id, created_at=at, seen_at=at)
        await self._database.in_transaction(lambda connection: insert_session(connection, session))
        seated = await self.find(text, at=at)
        if seated is None:
            raise SignInFailed
        async with self._database.write_once() as connection:
            await forget_failures(connection, whom)
        return text

    async def _check_tries(self, whom: str, whence: str, at: datetime) -> None:
        async with self._database.read() as connection:
            failures = await count_failures(connection, (whom, whence), at=at)
        for subject, most in ((whom, TRIES_OF_A_USER), (whence, TRIES_OF_AN_ADDRESS)):
            count, last_at = failures.get(subject, (0, at))
            if count >= most:
                raise LockedOut(last_at + FORGOTTEN_AFTER - at)

    async def _failed(self, connection: AsyncConnection, whom: str, whence: str, at: datetime) -> None:
        for subject in sorted((whom, whence)):  # in one order, so that two failures never wait for each other
            await note_failure(connection, subject, at=at)

    def _subject(self, kind: str, text: str) -> str:
        return keyed_hash(f"{kind}:{text}", self._pepper)

    def _form_token(self, session_hash: str) -> str:
        return hmac.new(self._pepper, f"form:{session_hash}".encode(), sha256).hexdigest()
