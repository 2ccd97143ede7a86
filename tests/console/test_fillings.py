"""A filling goes on behind the pages, once for each partner, and says what went wrong."""

from __future__ import annotations

import asyncio

import pytest

from console.desk import Problem
from console.sample_book.book import sample_book
from console.sample_book.progress import MOST_SHOWN, Fillings, Progress

REFUSED = Problem({"status": 503, "code": "engine_unreachable", "detail": "The engine does not answer."})


async def until_over(fillings: Fillings, partner_id: str) -> Progress:
    async with asyncio.timeout(5):
        while True:
            found = fillings.of(partner_id)
            if found is not None and found.is_over:
                return found
            await asyncio.sleep(0)


async def test_one_that_goes_on_is_not_begun_again_and_one_that_is_over_is() -> None:
    fillings, may_go_on, begun = Fillings(), asyncio.Event(), list[str]()

    async def work(progress: Progress) -> None:
        begun.append(progress.doing)
        await may_go_on.wait()
        progress.step("Nordlicht")

    for _ in range(2):
        fillings.begin("ptn_1", 1, work)
        await asyncio.sleep(0)
    assert begun == ["Beginning"]
    may_go_on.set()
    over = await until_over(fillings, "ptn_1")
    assert (over.done, over.is_well) == (1, True)
    fillings.begin("ptn_1", 1, work)
    assert (await until_over(fillings, "ptn_1")).is_well
    assert len(begun) == 2
    assert fillings.of("ptn_2") is None


@pytest.mark.parametrize(
    ("error", "told"),
    [(REFUSED, "The engine does not answer."), (ZeroDivisionError(), "fault of ours")],
    ids=["a refusal", "a fault"],
)
async def test_what_stops_it_is_told(error: Exception, told: str) -> None:
    async def work(_: Progress) -> None:
        raise error

    fillings = Fillings()
    fillings.begin("ptn_1", 3, work)
    over = await until_over(fillings, "ptn_1")

    assert not over.is_well
    assert told in over.troubles[0]


def test_what_is_alike_is_said_a_few_times_only() -> None:
    progress = Progress(100)
    for number in range(50):
        progress.trouble(f"Company {number}", REFUSED)

    assert len(progress.troubles) == MOST_SHOWN


def test_the_book_is_of_three_resellers_and_forty_customers_and_names_no_reference_twice() -> None:
    book = sample_book()
    references = [story.reference for company in book.companies for story in company.stories]

    assert (len(book.resellers), len(book.companies)) == (3, 40)
    assert len({company.name for company in book.companies}) == 40
    assert len(set(references)) == len(references)
    for company in book.companies:
        for story in company.stories:
            days = [step.day for step in story.steps]
            assert days == sorted(days), story
            assert not days or days[-1] <= story.stands, story
