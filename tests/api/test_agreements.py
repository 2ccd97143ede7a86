from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

import pytest

from storage.agreement_loading import AgreementRefused, NewAgreement, load_agreement
from storage.agreements import current_document, seed_agreements
from support_door import NOW, Door, problem_code

TODAY = NOW.date()
NEXT = NewAgreement(version="2027.1", text="§ 1 Everything is new.\n", effective_from=date(2027, 1, 1))


async def loaded(door: Door, *texts: NewAgreement, dry_run: bool = False) -> list[bool]:
    async with door.database.write() as connection:
        await seed_agreements(connection)
        return [await load_agreement(connection, new, today=TODAY, dry_run=dry_run) for new in texts]


def changed(**changes: Any) -> NewAgreement:
    members = {name: getattr(NEXT, name) for name in NewAgreement.__dataclass_fields__}
    return NewAgreement(**{**members, **changes})


async def test_every_key_that_reads_sees_every_version_the_last_one_first(door: Door) -> None:
    await loaded(door, NEXT)
    reseller = await door.reseller(scopes=("read",))

    listed = (await reseller.get("/v1/agreements")).json()

    newest = listed["data"][0]
    assert [document["version"] for document in listed["data"]] == ["2027.1", "2026.1"]
    assert newest == {
        "id": newest["id"],
        "version": "2027.1",
        "language": "en",
        "effective_from": "2027-01-01",
        "sha256": hashlib.sha256(NEXT.text.encode()).hexdigest(),
        "text": NEXT.text,
    }
    assert (await reseller.get(f"/v1/agreements/{newest['id']}")).json() == newest


async def test_the_versions_come_page_by_page(door: Door) -> None:
    await loaded(door, NEXT)

    first = (await door.distributor.get("/v1/agreements?limit=1")).json()
    second = (await door.distributor.get(f"/v1/agreements?limit=1&cursor={first['next_cursor']}")).json()

    assert [page["data"][0]["version"] for page in (first, second)] == ["2027.1", "2026.1"]
    assert second["next_cursor"] is None


async def test_agreements_need_the_scope_to_read_and_an_id_that_names_one(door: Door) -> None:
    writer = await door.with_key(door.distributor.partner, ("write",))

    assert problem_code(await writer.get("/v1/agreements"), 403) == "missing_scope"
    assert problem_code(await writer.get("/v1/agreements/doc_0"), 403) == "missing_scope"
    assert problem_code(await door.distributor.get("/v1/agreements/doc_0"), 404) == "not_found"
    assert problem_code(await door.distributor.get("/v1/agreements?on=2027-01-01"), 422) == "unknown_parameter"


async def test_a_new_version_is_shown_from_its_day_on(door: Door) -> None:
    await loaded(door, NEXT)

    async with door.database.read() as connection:
        days = (date(2026, 12, 31), date(2027, 1, 1))
        shown = [(await current_document(connection, on=day)).version for day in days]

    assert shown == ["2026.1", "2027.1"]


async def test_the_very_same_version_again_changes_nothing(door: Door) -> None:
    assert await loaded(door, NEXT, NEXT) == [True, False]


async def test_a_dry_run_loads_nothing(door: Door) -> None:
    assert await loaded(door, NEXT, NEXT, dry_run=True) == [True, True]
    assert len((await door.distributor.get("/v1/agreements")).json()["data"]) == 1


@pytest.mark.parametrize(
    ("new", "code"),
    [
        (changed(text="Another text."), "version_exists"),
        (changed(effective_from=date(2027, 1, 2)), "version_exists"),
        (changed(version="2027.2"), "day_taken"),
        (changed(version="2027.2", effective_from=date(2026, 11, 21)), "already_past"),
        (changed(version="2027.2", text=" \n"), "empty_text"),
        (changed(version="2027 b"), "invalid_version"),
        (changed(version="2" * 17), "invalid_version"),
    ],
    ids=["another text", "another day", "a taken day", "yesterday", "no text", "a space", "too long"],
)
async def test_a_version_that_breaks_a_rule_is_refused(door: Door, new: NewAgreement, code: str) -> None:
    await loaded(door, NEXT)

    with pytest.raises(AgreementRefused) as refused:
        await loaded(door, new)

    assert refused.value.code == code
    newest = (await door.distributor.get("/v1/agreements")).json()["data"][0]
    assert (newest["version"], newest["text"]) == ("2027.1", NEXT.text)


async def test_a_version_may_begin_today(door: Door) -> None:
    assert await loaded(door, changed(effective_from=TODAY)) == [True]
