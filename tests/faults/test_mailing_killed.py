"""A process that mails is killed again and again: every mail arrives, and twice only where the kill explains it."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import cycle

import pytest
from sqlalchemy import func, select

from activities.owed import tellings_of_event
from lifecycle.events import Enabled, Suspended
from lifecycle.subscription import Subscription
from repetitions import Repetitions
from storage.subscriptions import find_subscription
from storage.tables import tellings
from storage.tellings import SENT, Telling, insert_tellings, pending_of
from support_crash_points import (
    ADDRESSED,
    ANSWERED,
    STAGES,
    UNANSWERED,
    CrashServer,
    Life,
    Point,
    crash_server,
    faults_of,
)
from support_door import NOW
from support_drainer import Drainer, drainer
from support_ledger import MAIL_DOMAIN, Desk, opened_desk
from support_webhooks import bought

pytestmark = pytest.mark.xdist_group("mailing killed")
SUBSCRIPTIONS = 10
LATER = (0.0, 0.0, 0.002, 0.005, 0.01, 0.02, 0.05)


@pytest.fixture
async def server() -> AsyncIterator[CrashServer]:
    async with crash_server() as opened:
        yield opened


@pytest.fixture
async def desk(database_url: str, server: CrashServer) -> AsyncIterator[Desk]:
    async with opened_desk(database_url, smtp_port=server.port) as opened:
        yield opened


class Owing:
    """Owes mails as the ledger does, of subscriptions that are suspended and enabled in turn."""

    def __init__(self, desk: Desk, chance: random.Random) -> None:
        self._desk = desk
        self._chance = chance
        self._present: list[Subscription] = []

    async def begin(self) -> None:
        customer = await self._desk.customer()
        for _ in range(SUBSCRIPTIONS):
            found = await bought(self._desk, customer_id=customer)
            async with self._desk.database.read() as connection:
                row = await find_subscription(connection, found)
            assert row is not None
            self._present.append(row.subscription)

    async def more(self) -> int:
        """Let something happen to some of them; how many mails are owed then."""
        chosen = self._chance.sample(range(SUBSCRIPTIONS), self._chance.randint(1, SUBSCRIPTIONS))
        owed: list[Telling] = []
        for number in chosen:
            after = replace(self._present[number], version=self._present[number].version + 1)
            event = Suspended(at=NOW) if after.version % 2 else Enabled(at=NOW)
            owed += tellings_of_event(event, after, command_id=f"command-{after.version}", created_at=NOW)
            self._present[number] = after
        async with self._desk.database.write() as connection:
            await insert_tellings(connection, owed)
            return len(await pending_of(connection, [subscription.id for subscription in self._present]))


async def sent(desk: Desk) -> frozenset[str]:
    """The Message-IDs of what is written down as sent."""
    async with desk.database.read() as connection:
        found = await connection.scalars(select(tellings.c.id).where(tellings.c.status == SENT))
        return frozenset(f"<{id_}@{MAIL_DOMAIN}>" for id_ in found)


async def owed_in_order(desk: Desk) -> list[tuple[tuple[str, str], str]]:
    """The Message-ID of every mail, with the role of the subscription that it is for, in the order of events."""
    async with desk.database.read() as connection:
        order = (tellings.c.subscription_id, tellings.c.role, tellings.c.version)
        rows = await connection.execute(select(tellings).order_by(*order))
        return [((row.subscription_id, row.role), f"<{row.id}@{MAIL_DOMAIN}>") for row in rows]


async def killed_at(desk: Desk, server: CrashServer, drains: Drainer, point: Point) -> Life:
    """Let a process drain and kill it at a point; what it did."""
    life = server.next_life(point)
    pid = await drains.begin()
    await asyncio.wait_for(server.reached.wait(), 60)
    os.kill(pid, signal.SIGKILL)
    status = await drains.death()
    assert os.WIFSIGNALED(status)
    assert os.WTERMSIG(status) == signal.SIGKILL
    life.told = await sent(desk)
    return life


async def test_no_death_loses_a_mail_and_each_repetition_is_explained_by_one(
    desk: Desk, server: CrashServer, database_url: str, repetitions: Repetitions
) -> None:
    chance, kills = random.Random(11), repetitions.mailing_kills
    owing, kinds = Owing(desk, chance), Counter[str]()
    await owing.begin()
    async with drainer(database_url, server.port) as drains:
        for _, stage in zip(range(kills), cycle(STAGES), strict=False):
            point = Point(chance.randint(1, await owing.more()), stage, chance.choice(LATER))
            life = await killed_at(desk, server, drains, point)
            kinds[point.stage] += 1
            kinds["written"] += bool(life.written)
            kinds["unwritten"] += bool(life.unwritten)
    server.next_life(None)
    while sum(drained.pending for drained in await desk.drain()):
        pass
    server.lives[-1].told = await sent(desk)

    owed = await owed_in_order(desk)
    assert faults_of([message_id for _, message_id in owed], server.lives) == []
    assert len(server.lives) == kills + 2  # one before the first kill, and one after the last
    # The kills fell everywhere: before and after the answer, before and after the commit.
    assert min(kinds[ADDRESSED], kinds[UNANSWERED], kinds[ANSWERED]) > kills / 5
    assert min(kinds["written"], kinds["unwritten"]) > kills / 5
    assert in_order(owed, server.lives)


def in_order(owed: list[tuple[tuple[str, str], str]], lives: list[Life]) -> bool:
    """Whether each role heard of its subscription's events in order, as far as it heard of them first."""
    place = {message_id: number for number, (_, message_id) in enumerate(owed)}
    firsts = dict.fromkeys(message_id for life in lives for message_id in life.taken)
    heard: dict[tuple[str, str], int] = {}
    for message_id in firsts:
        role, _ = owed[place[message_id]]
        if heard.get(role, -1) > place[message_id]:
            return False
        heard[role] = place[message_id]
    return True


def test_the_checker_notices_what_no_kill_explains() -> None:
    explained = [Life(taken=["a", "b"], told=frozenset("a")), Life(taken=["b"], told=frozenset("ab"))]
    assert faults_of("ab", explained) == []
    assert faults_of("abc", explained) == ["c never arrived"]
    written = [Life(taken=["a"], told=frozenset("a")), Life(taken=["a"], told=frozenset("a"))]
    assert faults_of("a", written) == ["a arrived in life 0 and again in 1"]
    assert faults_of("a", [Life(taken=["a", "a"])]) == ["a arrived in life 0 and again in 0"]
    assert not in_order([(("s", "r"), "1"), (("s", "r"), "2")], [Life(taken=["2", "1"])])


async def test_every_mail_that_is_owed_is_one_that_the_server_would_see_missing(desk: Desk) -> None:
    """What the checker counts on: it asks the rows, so none may be left out of what is owed."""
    await bought(desk)
    async with desk.database.read() as connection:
        count = await connection.scalar(select(func.count()).select_from(tellings))
    assert len(await owed_in_order(desk)) == count == 2
