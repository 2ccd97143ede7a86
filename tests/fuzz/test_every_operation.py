"""Everything that schemathesis makes of the document, in all its phases, sent as three roles."""

from __future__ import annotations

from datetime import date

import pytest

from fuzz_counts import counted
from support_belongings import Belongings, Owner, owner_of
from support_fuzz import Plan, Role, fuzz
from support_fuzz_values import Values
from support_operations import CLOSED_PORT
from support_product import Running, Seat
from support_tenants import new_partner, reseller_seat, seat_of

pytestmark = pytest.mark.xdist_group("fuzzing")
# Who can do most, who is below another and shut out of much, and who only looks.
ROLES = ("the operator", "a reseller that reads and writes", "a distributor that only reads")
KEPT = ("/v1/api-keys", "/v1/partners", "/v1/users")
CASES, CASES_OF_THE_LONG_RUN = 500, 6_700
"""What each role sends at least; three of them, more than 1,500 and 20,000."""


@pytest.mark.parametrize("name", ROLES)
def test_every_answer_is_within_the_document(
    request: pytest.FixtureRequest, running: Running, all_of_it: Belongings, today: date, name: str
) -> None:
    is_long, seed = bool(request.config.getoption("--fuzz")), int(str(request.config.getoption("--fuzz-seed")))
    role = role_of(name, running, all_of_it, today)
    found = fuzz(running.base_url, role, plan_of(seed, is_long=is_long))

    counted(request, name, found.counts)
    assert not found.failures, found.told()
    assert found.cases >= (CASES_OF_THE_LONG_RUN if is_long else CASES)
    assert all(hook["url"] == CLOSED_PORT for hook in _listed(all_of_it.operator, "/v1/webhooks"))


def plan_of(seed: int, *, is_long: bool) -> Plan:
    if is_long:
        return Plan(examples=100, walked=800, one_in=1, seed=seed)
    return Plan(examples=2, walked=40, one_in=10, seed=seed)


def role_of(name: str, running: Running, all_of_it: Belongings, today: date) -> Role:
    """A role with new things of its own, since what roles before it did to theirs is not known."""
    operator, stranger = all_of_it.operator, all_of_it.stranger.things
    owner = _distributor(running, operator, today)
    key = operator.http.headers["Authorization"]
    if name == ROLES[1]:
        partner_id, seat = reseller_seat(owner.seat)
        owner = owner_of(seat, partner_id)
        key = seat_of(running, partner_id, scopes=("read", "write")).http.headers["Authorization"]
    elif name == ROLES[2]:
        key = seat_of(running, owner.things["partner"], scopes=("read",)).http.headers["Authorization"]
    token = owner.seat.eca_link(owner.things["awaiting"]).removeprefix("/eca/")
    things = {**owner.things, "code": "not_found", "token": token}
    kept = frozenset(str(one["id"]) for path in KEPT for one in _listed(operator, path))
    return Role(
        name=name,
        key=key.removeprefix("Bearer "),
        values=Values(things, stranger, kept=kept, today=today),
        # The operator sees all, and an agreement is everybody's.
        hidden={} if name == ROLES[0] else dict(stranger.items() - owner.things.items()),
    )


def _distributor(running: Running, operator: Seat, today: date) -> Owner:
    partner_id: str = new_partner(operator)["id"]
    owner = owner_of(seat_of(running, partner_id), partner_id)
    month = f"{today:%Y-%m}"
    operator.done(operator.http.post("/v1/sandbox/invoice-runs", json={"month": month}))
    owner.things["invoice"] = owner.seat.get("/v1/invoices", month=month)["data"][0]["id"]
    return owner


def _listed(operator: Seat, path: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    query: dict[str, object] = {"limit": 200}
    while True:
        page = operator.get(path, **query)
        found += page["data"]
        if page["next_cursor"] is None:
            return found
        query["cursor"] = page["next_cursor"]
