"""`perennial demo`: a partner's book carried out over virtual years, and compared to the cent with its expectation."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import date
from http import HTTPStatus
from pathlib import Path

from rich.console import Console

from perennial.claim import AlreadyRunning
from perennial.demo_book import Book, book_day, read_book
from perennial.demo_carrying import Carried, Means, carry_out
from perennial.demo_comparing import Key, differences
from perennial.demo_door import Door, Refused, Unreachable
from perennial.demo_expectation import CHECKOUT, Expected, expectation
from perennial.demo_foreseeing import charges_in, surprises
from perennial.demo_foresight import Foresights
from perennial.demo_ledger import Cells, Led, what_came
from perennial.demo_rows import BookUnreadable
from perennial.demo_showing import print_timelines, print_totals, print_verdict, progress
from perennial.demo_stack import (
    SHARED_FOLDER,
    KeyMissing,
    Run,
    begun_run,
    emptied,
    kept_run,
    key_of,
    own_settings,
    run_on_own_stack,
)
from perennial.settings import Settings

EXAMPLES = CHECKOUT / "examples"
DIFFERENT, UNUSABLE = 1, 2
LEDGER_KEY = ("order", "transaction", "product")
END_KEY = ("order",)

notes = Console(stderr=True, highlight=False)
console = Console(highlight=False)


class NotHere(Exception):
    """The demo cannot be run on this product, or not gone on with now; the message says why."""


def run_demo(settings: Settings, folder: Path | None = None, *, resume: bool) -> int:
    """Carry a book out and compare; answers the exit code: 0 when all is equal, 1 when not, 2 when there is no book."""
    book = folder or _shortest(EXAMPLES)
    try:
        day = book_day(book)
        if settings.url is not None:
            return asyncio.run(_Demo(settings, settings.url, book, resume=resume).run())
        own = own_settings(settings, day=day)
        if not resume:
            emptied(own.data)
        demo = _Demo(own, own.base_url, book, resume=resume)
        return run_on_own_stack(own, demo.run, say=_say)
    except (BookUnreadable, AlreadyRunning) as error:
        _say(str(error))
        return UNUSABLE


def _shortest(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _say(line: str) -> None:
    notes.print(line, soft_wrap=True, markup=False)


class _Demo:
    """One book on one product."""

    def __init__(self, settings: Settings, url: str, folder: Path, *, resume: bool) -> None:
        self._settings = settings
        self._url = url
        self._folder = folder
        self._resume = resume

    async def run(self) -> int:
        """Carry out and compare; what stands in the way is said."""
        try:
            return await self._run()
        except* (BookUnreadable, NotHere, KeyMissing) as errors:
            _say("\n".join(dict.fromkeys(map(str, errors.exceptions))))
        except* (Unreachable, Refused) as errors:
            _say(f"the product does not do what it must: {errors.exceptions[0]}")
            _say("`make demo ARGS=--resume` goes on where this one stopped")
        return UNUSABLE

    async def _run(self) -> int:
        began = time.monotonic()
        run, book = await self._prepared()
        expected = await expectation(book)
        door = Door(self._url, key_of(self._settings), run=run.mark)
        try:
            with progress(book, notes) as tick:
                carried = await carry_out(book, self._means(door, run, tick))
            took = time.monotonic() - began
            led = await what_came(book, carried, door)
        finally:
            await door.close()
        code = report(book, carried, led, expected)
        console.print(f"\n{len(book.orders)} orders took {took:.0f} s")
        return code

    def _means(self, door: Door, run: Run, tick: Callable[[], None]) -> Means:
        """A product that runs already has perhaps met these companies before: there they get names of their own."""
        suffix = f" ({run.mark})" if self._is_shared else ""
        return Means(door=door, foresights=Foresights(self._folder_of_runs / run.mark), suffix=suffix, tick=tick)

    @property
    def _is_shared(self) -> bool:
        """Whether the product runs already and may have seen this book before."""
        return self._settings.url is not None

    @property
    def _folder_of_runs(self) -> Path:
        return self._settings.data / SHARED_FOLDER if self._is_shared else self._settings.data

    async def _prepared(self) -> tuple[Run, Book]:
        """The run, noted so that it can be gone on with, and the book as of the product's today."""
        today = await self._today()
        run = self._run_of(today)
        book = read_book(self._folder, today=today)
        if book.moved:
            _say(f"today is {today}, not {book.day}: every day is moved, and the oracle computes the expectation again")
        return run, book

    async def _today(self) -> date:
        """The day on which the product sells, once it is known to be a sandbox."""
        door = Door(self._url, key_of(self._settings), run="")
        try:
            await door.get("/v1/sandbox/mailbox", limit=1)
            return date.fromisoformat((await door.get("/v1/catalog"))["on"])
        except Refused as refused:
            if refused.status == HTTPStatus.NOT_FOUND:
                raise NotHere(f"{self._url} is no sandbox: the demo buys, so it keeps away") from refused
            raise
        finally:
            await door.close()

    def _run_of(self, today: date) -> Run:
        kept = kept_run(self._folder_of_runs) if self._resume else None
        if kept is None:
            if self._resume:
                _say("there is nothing to go on with: beginning anew")
            return begun_run(self._folder_of_runs, today=today)
        if kept.today != today.isoformat():
            began = f"the demo began on {kept.today}, and the sandbox's clock is at {today}"
            raise NotHere(f"{began}: run it without --resume")
        return kept


def report(book: Book, carried: Carried, led: Led, expected: tuple[Expected, Expected]) -> int:
    """Print everything, and answer the exit code."""
    print_timelines(book, led, console)
    print_totals(led, console)
    ledger, ends = expected
    spoilt = book.spoilt | carried.spoilt
    console.print("")
    all_is_well = [
        print_verdict("every row of the book was carried out", sorted(book.bad_rows + carried.bad_rows), console),
        _print_comparison("ledger lines are", ledger, led.ledger, LEDGER_KEY, spoilt),
        _print_comparison("subscriptions stand as", ends, led.ends, END_KEY, spoilt),
        _print_foresight(carried, led),
    ]
    if spoilt:
        console.print(f"     not compared, for a row of theirs is bad: {', '.join(sorted(spoilt))}", soft_wrap=True)
    return 0 if all(all_is_well) else DIFFERENT


def _print_comparison(what: str, expected: Expected, found: list[Cells], key: Key, spoilt: set[str]) -> bool:
    count = sum(cells["order"] not in spoilt for cells in found)
    wrong = differences(expected, found, key=key, leave_out=spoilt)
    return print_verdict(f"{count} {what} those of {expected.source}", wrong, console)


def _print_foresight(carried: Carried, led: Led) -> bool:
    foresights = {name: one for name, one in carried.foresights.items() if name in led.subscriptions}
    wrong = [
        f"{name}: {surprise}"
        for name, foresight in foresights.items()
        for surprise in surprises(foresight, led.timelines[name], led.transactions.get(name, []))
    ]
    untouched = sum(foresight.from_purchase for foresight in foresights.values())
    instants = sum(len(foresight.items) for foresight in foresights.values())
    charges = sum(map(charges_in, foresights.values()))
    title = (
        f"the forecasts of {len(foresights)} orders, taken when nobody touched them any more"
        f" ({untouched} of them at purchase), came true: {instants} instants, {charges} charges"
    )
    return print_verdict(title, wrong, console)
