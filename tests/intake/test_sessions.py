from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from intake.denials import PartnerDisabled
from intake.passwords import Passwords, new_hasher
from intake.sessions import TRIES_OF_A_USER, TRIES_OF_AN_ADDRESS, LockedOut, Sessions, SignInFailed
from storage.database import Database
from storage.drafts import KEPT, Draft, delete_draft, find_draft, insert_draft, list_drafts, update_draft
from storage.failed_sign_ins import FORGOTTEN_AFTER
from storage.ids import new_id
from storage.partners import DISABLED as PARTNER_DISABLED
from storage.partners import DISTRIBUTOR, Partner, insert_partner, update_partner
from storage.sessions import IDLE, LONGEST, SEEN_EVERY
from storage.users import DISABLED, ENABLED, User, insert_user, update_user
from support_parties import partner_row

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
PEPPER = b"a pepper for tests"
EMAIL, RIGHT, WRONG = "Jana@People.example", "a password that fits", "a password that does not"
HERE = "192.0.2.1"


class Desk:
    """A database with one user, and the sessions over it."""

    def __init__(self, database: Database, sessions: Sessions, user: User, partner: Partner) -> None:
        self.database = database
        self.sessions = sessions
        self.user = user
        self.partner = partner

    async def sign_in(
        self, password: str = RIGHT, *, at: datetime = NOW, email: str = EMAIL, source: str = HERE
    ) -> str:
        return await self.sessions.sign_in(email, password, source=source, at=at)

    async def change(self, **values: object) -> None:
        self.user = replace(self.user, **values)  # type: ignore[arg-type]  # names and types are the caller's
        async with self.database.write() as connection:
            await update_user(connection, self.user)


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    database = Database(database_url)
    passwords = Passwords(database, pepper=PEPPER)
    partner = partner_row(NOW, kind=DISTRIBUTOR, parent_id=None, name="A partner", currency="USD")
    user = User(
        id=new_id("usr"),
        partner_id=partner.id,
        email=EMAIL,
        name="Jana Nord",
        role="sales",
        state=ENABLED,
        password_hash=new_hasher().hash(RIGHT),
        password_set_at=NOW - timedelta(days=1),
        created_at=NOW,
        updated_at=NOW,
    )
    async with database.write() as connection:
        await insert_partner(connection, partner)
        await insert_user(connection, user)
    yield Desk(database, Sessions(database, passwords, pepper=PEPPER), user, partner)
    passwords.close()
    await database.close()


async def test_a_cookie_is_known_again_until_the_session_ends(desk: Desk) -> None:
    cookie = await desk.sign_in(email=EMAIL.lower())
    seated = await desk.sessions.find(cookie, at=NOW)
    assert seated is not None
    assert seated.user.id == seated.caller.actor == desk.user.id
    assert seated.caller.scopes == {"read", "write"}
    await desk.sessions.sign_out(cookie)
    assert await desk.sessions.find(cookie, at=NOW) is None


@pytest.mark.parametrize("cookie", [None, "", "prc_x", "prn_" + "0" * 43 + "_000000"])
async def test_what_is_no_cookie_is_nobodys(desk: Desk, cookie: str | None) -> None:
    assert await desk.sessions.find(cookie, at=NOW) is None


async def test_a_session_ends_when_it_is_idle_and_after_a_day_in_any_case(desk: Desk) -> None:
    cookie = await desk.sign_in()
    assert await desk.sessions.find(cookie, at=NOW + IDLE) is None
    at = NOW
    while at < NOW + LONGEST:
        assert await desk.sessions.find(cookie, at=at) is not None
        at += IDLE - SEEN_EVERY
    assert await desk.sessions.find(cookie, at=NOW + LONGEST) is None


async def test_a_session_ends_with_its_password_and_with_its_user(desk: Desk) -> None:
    cookie = await desk.sign_in()
    await desk.change(password_set_at=NOW + timedelta(seconds=1))
    assert await desk.sessions.find(cookie, at=NOW) is None
    later = NOW + timedelta(minutes=1)
    cookie = await desk.sign_in(at=later)
    await desk.change(state=DISABLED)
    assert await desk.sessions.find(cookie, at=later) is None
    with pytest.raises(SignInFailed):
        await desk.sign_in(at=later)


async def test_a_disabled_partners_users_are_told_so(desk: Desk) -> None:
    cookie = await desk.sign_in()
    async with desk.database.write() as connection:
        await update_partner(connection, replace(desk.partner, state=PARTNER_DISABLED))
    with pytest.raises(PartnerDisabled):
        await desk.sessions.find(cookie, at=NOW)
    with pytest.raises(PartnerDisabled):
        await desk.sign_in()


async def test_a_user_is_locked_out_after_some_failures_and_not_for_ever(desk: Desk) -> None:
    for _ in range(TRIES_OF_A_USER):
        with pytest.raises(SignInFailed):
            await desk.sign_in(WRONG)
    with pytest.raises(LockedOut) as locked:
        await desk.sign_in(source="192.0.2.2")
    assert locked.value.wait == FORGOTTEN_AFTER
    assert await desk.sign_in(at=NOW + FORGOTTEN_AFTER + timedelta(seconds=1))


async def test_a_sign_in_forgets_the_failures_before_it(desk: Desk) -> None:
    for _ in range(2):
        for _ in range(TRIES_OF_A_USER - 1):
            with pytest.raises(SignInFailed):
                await desk.sign_in(WRONG)
        assert await desk.sign_in()


async def test_a_source_that_tries_many_addresses_is_locked_out(desk: Desk) -> None:
    for number in range(TRIES_OF_AN_ADDRESS):
        with pytest.raises(SignInFailed):
            await desk.sign_in(WRONG, email=f"{number}@nobody.example")
    with pytest.raises(LockedOut):
        await desk.sign_in()
    assert await desk.sign_in(source="192.0.2.2")


async def test_a_draft_is_its_users_alone_and_kept_for_a_month(desk: Desk) -> None:
    first, second = _draft(desk.user, NOW), _draft(desk.user, NOW + KEPT + timedelta(seconds=1))
    async with desk.database.write() as connection:
        await insert_draft(connection, first)
        changed = await update_draft(connection, first, {"term": 24}, at=NOW)
        assert await find_draft(connection, first.id, user_id=desk.user.id) == changed
        assert await find_draft(connection, first.id, user_id="usr_other") is None
        await insert_draft(connection, second)
        mine = await list_drafts(connection, user_id=desk.user.id, kind="purchase", subject_id="cus_1")
        assert mine == (second,)
        await delete_draft(connection, second.id)
        assert await find_draft(connection, second.id, user_id=desk.user.id) is None


def _draft(user: User, at: datetime) -> Draft:
    return Draft(
        id=new_id("drf"),
        user_id=user.id,
        kind="purchase",
        subject_id="cus_1",
        data={"term": 12},
        created_at=at,
        updated_at=at,
    )
