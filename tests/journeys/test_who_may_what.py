"""Every operation of the API, asked with no key, by each scope alone, and by everybody to whom it is not addressed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import httpx2
import pytest
from fastapi import APIRouter

from api.app import ROUTERS, SANDBOX_ROUTERS
from intake.roles import SCOPES
from support_belongings import Belongings, Owner, asked
from support_operations import ANY_KEY, KEYED, OPERATIONS, PUBLIC, Operation, Things, missing
from support_problems import refused
from support_product import Running

each_keyed = pytest.mark.parametrize("operation", KEYED, ids=lambda operation: operation.name)
SHARED = {"agreement"}
"""What every partner may see."""
WITH_IDS = tuple(operation for operation in KEYED if operation.things or operation.named)
OF_ITS_OWN = tuple(operation for operation in WITH_IDS if not SHARED.intersection(operation.things))
each_of_its_own = pytest.mark.parametrize("operation", OF_ITS_OWN, ids=lambda operation: operation.name)
WRONG_KEYS = ("", "Bearer", "Bearer prn_live_nothing", "Basic cHJuOng=")


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    routes = {found for router in (*ROUTERS, *SANDBOX_ROUTERS) for found in _routes(router)}
    assert routes == {(operation.method, operation.path) for operation in OPERATIONS}


def test_the_document_says_of_every_operation_which_scope_it_needs(running: Running) -> None:
    paths = running.seat().public().get("/openapi.json").json()["paths"]
    said = {(method.upper(), path): found["x-scope"] for path, item in paths.items() for method, found in item.items()}
    scopes = {ANY_KEY: "none", None: "none"}
    rows = {(row.method, row.path): scopes.get(row.scope, row.scope) for row in OPERATIONS}
    assert said == {operation: scope for operation, scope in rows.items() if operation in said}
    assert {(row.method, row.path) for row in KEYED} <= set(said)


@each_keyed
def test_without_a_valid_key_nothing_is_told(operation: Operation, all_of_it: Belongings) -> None:
    owner = _owner_of(operation, all_of_it)
    for header in WRONG_KEYS:
        with all_of_it.operator.public() as nobody:
            nobody.headers["Authorization"] = header
            answer = asked(nobody, operation, owner.things)
        refused(answer, "unauthenticated", 401)
        _tells_nothing(answer, owner.things, besides=operation.things)


@pytest.mark.parametrize("operation", PUBLIC, ids=lambda operation: operation.name)
def test_what_is_public_needs_no_key(operation: Operation, all_of_it: Belongings) -> None:
    with all_of_it.operator.public() as nobody:
        answer = asked(nobody, operation, {"code": "not_found", "token": "nothing"})
    assert answer.status_code not in {401, 403, 500}, answer.text


@each_keyed
def test_a_key_with_one_scope_may_exactly_what_asks_for_it(operation: Operation, all_of_it: Belongings) -> None:
    # Of ids that name nothing, so that nothing is done.
    things = missing(_owner_of(operation, all_of_it).things)
    for scope in SCOPES:
        answer = asked(all_of_it.by_scope[scope].http, operation, things)
        if operation.scope in {scope, ANY_KEY}:
            assert answer.status_code not in {401, 403}, answer.text
        else:
            assert refused(answer, "missing_scope", 403)["scope"] == operation.scope


@each_keyed
def test_a_partner_may_all_of_it_with_its_own(operation: Operation, all_of_it: Belongings) -> None:
    owner = _owner_of(operation, all_of_it)
    answer = asked(owner.seat.http, operation, owner.spared(operation))
    assert answer.is_success or answer.status_code in operation.also, answer.text
    if operation.shows is not None:
        assert owner.things[operation.shows] in answer.text


@each_of_its_own
def test_the_partner_above_and_the_operator_may_too(operation: Operation, all_of_it: Belongings) -> None:
    owner = _owner_of(operation, all_of_it)
    above = (all_of_it.operator,) if owner is all_of_it.stranger else (all_of_it.distributor.seat, all_of_it.operator)
    for seat in above:
        answer = asked(seat.http, operation, owner.spared(operation))
        assert answer.is_success or answer.status_code in operation.also, answer.text


@each_keyed
def test_for_everybody_else_it_does_not_exist(operation: Operation, all_of_it: Belongings) -> None:
    for asking, owner in _strangers(operation, all_of_it):
        answer = asked(asking.seat.http, operation, owner.things)
        if operation in OF_ITS_OWN:
            _says_there_is_none(answer)
        # A reseller knows its distributor, and on which document of the distributor's its own transactions stand.
        known = ("partner", "invoice") if owner is all_of_it.distributor else ()
        _tells_nothing(answer, owner.things, besides=(*operation.things, *operation.named, *known, *SHARED))


@pytest.mark.parametrize("operation", WITH_IDS, ids=lambda operation: operation.name)
def test_an_id_that_names_nothing_is_not_found(operation: Operation, all_of_it: Belongings) -> None:
    owner = _owner_of(operation, all_of_it)
    _says_there_is_none(asked(owner.seat.http, operation, missing(owner.things)))


@each_keyed
def test_a_disabled_partner_only_learns_who_it_is(operation: Operation, all_of_it: Belongings) -> None:
    answer = asked(all_of_it.disabled.http, operation, _owner_of(operation, all_of_it).things)
    if operation.scope == ANY_KEY:
        assert answer.status_code == 200
    else:
        refused(answer, "partner_disabled", 403)


def _routes(router: APIRouter) -> Iterator[tuple[str, str]]:
    for route in router.routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from _routes(inner)
        else:
            yield from ((method, getattr(route, "path", "")) for method in getattr(route, "methods", ()))


def _owner_of(operation: Operation, all_of_it: Belongings) -> Owner:
    """A reseller; of documents, which no reseller has, another distributor."""
    return all_of_it.stranger if "invoice" in (*operation.things, operation.shows) else all_of_it.reseller


def _strangers(operation: Operation, all_of_it: Belongings) -> Iterator[tuple[Owner, Owner]]:
    """Who asks, and for whose: siblings, a child for what is above it, strangers."""
    yield all_of_it.reseller, all_of_it.distributor
    yield all_of_it.distributor, all_of_it.stranger
    yield all_of_it.stranger, all_of_it.distributor
    if _owner_of(operation, all_of_it) is all_of_it.reseller:
        yield all_of_it.sibling, all_of_it.reseller
        yield all_of_it.stranger, all_of_it.reseller


def _says_there_is_none(answer: httpx2.Response) -> None:
    """A file says so of its row."""
    found = answer.json()
    (problem,) = [row["problem"] for row in found["rows"]] if "totals" in found else [found]
    assert answer.status_code == 200 if "totals" in found else answer.status_code in {404, 422}, answer.text
    code: str = problem["code"]
    assert code.endswith("not_found") or code == "reseller_not_available", answer.text


def _tells_nothing(answer: httpx2.Response, things: Things, *, besides: Sequence[str]) -> None:
    """No id of these things stands in the answer, but for those that are known anyway."""
    known = {things[thing] for thing in besides}
    told = {thing for thing, value in things.items() if value in answer.text and value not in known}
    assert not told, answer.text
