"""Filling the sandbox with the sample book, and how far it has come."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import Response

from console.door import page
from console.paths import SANDBOX
from console.sample_book.book import sample_book
from console.sample_book.filling import fill
from console.sample_book.progress import Progress
from console.visit import Visit

BOOK = f"{SANDBOX}/book"
NOT_FOUND = 404


def may_fill(visit: Visit) -> bool:
    """Return whether this is somebody who may fill a sandbox: it takes resellers, purchases and refunds."""
    caller = visit.seated.caller
    is_distributor = not caller.is_reseller and not caller.is_operator
    return visit.parts.sandbox and is_distributor and all(visit.may(scope) for scope in ("admin", "write", "refund"))


async def show(visit: Visit) -> Response:
    """Show what the book holds, and how far its filling has come."""
    _check(visit)
    book = sample_book()
    return visit.show(
        "sandbox/book.html",
        filling=visit.parts.fillings.of(visit.seated.caller.partner.id),
        companies=len(book.companies),
        resellers=len(book.resellers),
        subscriptions=sum(len(company.stories) for company in book.companies),
    )


async def begin(visit: Visit) -> Response:
    """Begin to fill it; one that goes on already goes on."""
    _check(visit)
    book, desk = sample_book(), visit.desk

    async def work(progress: Progress) -> None:
        await fill(desk, book, progress)

    visit.parts.fillings.begin(visit.seated.caller.partner.id, book.steps, work)
    return visit.go(BOOK)


def _check(visit: Visit) -> None:
    if not may_fill(visit):
        raise HTTPException(NOT_FOUND)


ROUTES = (page(BOOK, show), page(BOOK, begin, scope="admin", methods=("POST",)))
