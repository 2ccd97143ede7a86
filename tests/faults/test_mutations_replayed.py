"""Every change under a key, raced sixteen ways, replayed, and replayed after a restart: one effect, one answer."""

from __future__ import annotations

import logging
import math
import uuid
from collections import Counter
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest
from anyio.from_thread import start_blocking_portal

from counts import ran_on
from perennial.ports import free_ports
from repetitions import Repetitions
from support_effects import Tally, grown, more, settled, tally, totals
from support_faults import at_once, is_sound
from support_mutation_cases import CASES
from support_mutations import Mutation, Shop, mutation, operations_with_a_key
from support_postgres import PostgresServer
from support_problems import refused
from support_product import Running, start_running
from support_racing import RACERS, REPLAYED, Crowd, Said, another, said, shows
from support_tenants import new_partner, seat_of
from support_webhooks import Receiver, receiving

SETTINGS = {"PERENNIAL_WEBHOOKS_PRIVATE": "true"}
PARTNERS = 2  # who use each key at the same time
DATABASES = tuple(
    pytest.param(name, marks=pytest.mark.xdist_group(f"replays on {name}")) for name in ("SQLite", "PostgreSQL")
)
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Stack:
    """The product with all of its doors, of which the first is that of `running`."""

    running: Running
    further: tuple[Running, ...] = ()

    @property
    def parts(self) -> tuple[Running, ...]:
        return (self.running, *self.further)

    def crowd(self) -> Crowd:
        """Clients without a key of their own at every door."""
        return Crowd([part.seat().public() for part in self.parts])

    def restart(self) -> None:
        """Kill every process of the product by SIGKILL, and start it again."""
        commands = [list(part.commands.values()) for part in self.parts]
        for part in self.parts:
            for name in list(part.processes):
                part.kill9(name)
        for part, started in zip(self.parts, commands, strict=True):
            for command in started:
                part.start(*command)
        for part in self.parts:
            part.wait_until_ready()

    def end(self) -> None:
        for part in self.further:
            part.kill9("serve")
        self.running.end()


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One process, as `perennial up` runs it."""
    data = tmp_path_factory.mktemp("replays-sqlite")
    stack = Stack(start_running(data, f"sqlite:///{data}/perennial.db", settings=SETTINGS))
    yield stack
    stack.end()


@pytest.fixture(scope="module")
def on_postgresql(tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer) -> Iterator[Stack]:
    """Two doors side by side, and a worker."""
    data = tmp_path_factory.mktemp("replays-postgresql")
    running = start_running(data, postgres.create_database("replays"), ("serve",), ("worker",), settings=SETTINGS)
    beside = replace(running, port=free_ports(1)[0], processes={}, commands={})
    beside.start("serve")
    beside.wait_until_ready()
    stack = Stack(running, (beside,))
    yield stack
    stack.end()


@pytest.fixture(params=DATABASES)
def stack(request: pytest.FixtureRequest) -> Stack:
    """The product on each database."""
    ran_on(request, request.param)
    ran_on(request, "the engine")
    found: Stack = request.getfixturevalue(f"on_{request.param.lower()}")
    return found


@contextmanager
def receiver_aside() -> Generator[Receiver]:
    """A receiver of webhooks that takes all, in a thread of its own."""
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(receiving()) as receiver:
        yield receiver


@dataclass(frozen=True)
class Trade:
    """Changes ready to be asked for: of every partner one of each case, and each key is that of two partners."""

    shops: list[Shop]
    changes: list[list[Mutation]]

    @property
    def all(self) -> list[Mutation]:
        return [change for of_one in self.changes for change in of_one]

    @property
    def races(self) -> Iterator[tuple[Mutation, ...]]:
        """Those that have one key, together."""
        for first in range(0, len(self.changes), PARTNERS):
            yield from zip(*self.changes[first : first + PARTNERS], strict=True)

    def others(self) -> Iterator[Mutation]:
        """Other requests under each key, which could be done under a free one."""
        for changes in self.changes:
            for change, neighbour in zip(changes, (*changes[1:], changes[0]), strict=True):
                yield another(change, neighbour)


def opened(running: Running, receiver: Receiver) -> Shop:
    """A new distributor, which nobody else uses."""
    partner_id = new_partner(running.seat("operator"))["id"]
    seat = seat_of(running, partner_id)
    return Shop(seat, partner_id, seat.new_customer()["id"], receiver.url)


def prepared(running: Running, receiver: Receiver, count: int) -> Trade:
    """At least so many changes, with everything that they are made on."""
    pairs = math.ceil(count / (PARTNERS * len(CASES)))
    shops = at_once(lambda _: opened(running, receiver), range(pairs * PARTNERS), workers=4)
    keys = {case: [uuid.uuid4().hex for _ in range(pairs)] for case in CASES}

    def made(*, after_invoicing: bool) -> list[list[Mutation]]:
        cases = [case for case in CASES if case.after_invoicing is after_invoicing]
        return at_once(
            lambda place: [mutation(case, shops[place], keys[case][place // PARTNERS]) for case in cases],
            range(len(shops)),
            workers=4,
        )

    before = made(after_invoicing=False)
    month = f"{datetime.now(UTC):%Y-%m}"
    seat = running.seat("operator")
    seat.done(seat.http.post("/v1/sandbox/invoice-runs", json={"month": month}))
    after = made(after_invoicing=True)
    return Trade(shops, [[*first, *then] for first, then in zip(before, after, strict=True)])


def owed(trade: Trade) -> Tally:
    """What each change leaves, once."""
    found: Tally = {shop.partner_id: Counter() for shop in trade.shops}
    for change in trade.all:
        found[change.shop.partner_id].update(change.case.leaves)
    return found


def by_table(owed_rows: Tally) -> Counter[str]:
    found = Counter[str]()
    for rows in owed_rows.values():
        for row, count in rows.items():
            found[row.partition(" ")[0]] += count
    return found


def all_raced(crowd: Crowd, trade: Trade) -> list[tuple[Mutation, Said]]:
    """Every change raced, both partners that use a key at the same time."""
    found: list[tuple[Mutation, Said]] = []
    with ThreadPoolExecutor(RACERS * PARTNERS) as pool:
        for changes in trade.races:
            found += zip(changes, crowd.race(changes, pool), strict=True)
    return found


def is_the_same_again(crowd: Crowd, change: Mutation, before: Said, racer: int) -> None:
    answer = crowd.ask(change, racer)
    assert answer.headers[REPLAYED] == "true", answer.text
    assert said(change, answer) == before, change.case.operation
    shows(change, answer)


def test_every_change_has_one_effect_and_one_answer_however_often_it_is_asked_for(
    stack: Stack, repetitions: Repetitions
) -> None:
    running, crowd = stack.running, stack.crowd()
    with receiver_aside() as receiver:
        trade = prepared(running, receiver, repetitions.mutations)
        settled(running)
        rows, sizes, told = tally(running), totals(running), len(receiver.taken)

        answered = all_raced(crowd, trade)
        for other in trade.others():
            refused(crowd.ask(other), "idempotency_key_reused", 422)
        stack.restart()
        for racer, (change, before) in enumerate(answered):
            is_the_same_again(crowd, change, before, racer)

        settled(running)
        again = receiver.taken[told:]
    effects = owed(trade)
    assert grown(rows, tally(running)) == effects
    assert more(sizes, totals(running)) == by_table(effects)
    assert sorted(one.id for one in again) == sorted(
        change.things["delivery"] for change in trade.all if change.case.tells_again
    )
    is_sound(running)
    log.info("%d changes: %s; rows: %s", len(answered), dict(crowd.heard), dict(by_table(effects)))


def test_every_operation_that_takes_a_key_is_among_the_changes(stack: Stack) -> None:
    """A new one needs a case here, and says in the OpenAPI document that it takes a key."""
    assert {case.operation for case in CASES} == operations_with_a_key()
    paths = stack.running.seat().get("/openapi.json")["paths"]
    documented = {
        f"{method.upper()} {path}"
        for path, methods in paths.items()
        for method, operation in methods.items()
        if any(parameter["name"] == "Idempotency-Key" for parameter in operation.get("parameters", ()))
    }
    assert documented == operations_with_a_key()
