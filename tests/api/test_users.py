"""Users at the door: who may make whom, how one gets a password, and that nothing secret is kept or shown twice."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from httpx2 import Response
from sqlalchemy import select, text

from api.users import FILTERS
from intake.roles import ROLES
from intake.shown_once import KEY_PREFIX, SETUP_PREFIX, is_well_formed, new_secret_text
from storage.tables import metadata, users
from support_door import Door, Seat, fields_of, problem_code

PATH = "/v1/users"
KEY = {"Idempotency-Key": "a user for the shop"}
JANA: dict[str, Any] = {"email": "Jana@Nordlicht.Example", "name": "Jana Nord", "role": "sales"}
PASSWORD = "seven otters keep the ledger"  # noqa: S105 - a test's own


async def created(seat: Seat, **fields: Any) -> dict[str, Any]:
    answer = await seat.post(PATH, {**JANA, **fields})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def set_password(door: Door, secret: str, password: str = PASSWORD) -> Response:
    return await door.client().post(f"{PATH}/password", json={"setup_secret": secret, "password": password})


async def hash_of(door: Door, user: dict[str, Any]) -> str | None:
    async with door.database.read() as connection:
        found: str | None = await connection.scalar(select(users.c.password_hash).where(users.c.id == user["id"]))
    return found


async def actions(door: Door, user: dict[str, Any]) -> list[str]:
    found = (await door.operator.get("/v1/audit", params={"subject_id": user["id"]})).json()["data"]
    return [entry["action"] for entry in found]


async def test_a_new_user_is_shown_with_the_secret_that_sets_its_password(door: Door) -> None:
    answer = await door.distributor.post(PATH, JANA)
    body = answer.json()
    secret = body.pop("setup_secret")
    assert (answer.status_code, answer.headers["location"]) == (201, f"{PATH}/{body['id']}")
    assert is_well_formed(secret, SETUP_PREFIX)
    assert body == {
        "id": body["id"],
        "partner_id": door.distributor.partner.id,
        "email": "Jana@nordlicht.example",
        "name": "Jana Nord",
        "role": "sales",
        "scopes": ["read", "write"],
        "state": "enabled",
        "password_set_at": None,
        "setup_expires_at": "2026-11-25T09:30:00Z",
        "created_at": "2026-11-22T09:30:00Z",
        "updated_at": "2026-11-22T09:30:00Z",
    }
    assert body["id"].startswith("usr_")
    assert (await door.distributor.get(answer.headers["location"])).json() == body
    assert (await door.distributor.get(PATH)).json()["data"] == [body]


async def test_a_password_is_set_once_and_only_its_hash_is_kept(door: Door) -> None:
    user = await created(door.distributor)
    assert (await set_password(door, user["setup_secret"], "Café au lait, s'il vous plaît")).status_code == 204
    kept = await hash_of(door, user)
    assert kept is not None
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert PasswordHasher().verify(kept, "Café au lait, s'il vous plaît")
    with pytest.raises(VerifyMismatchError):
        PasswordHasher().verify(kept, PASSWORD)
    assert problem_code(await set_password(door, user["setup_secret"]), 410) == "setup_secret_invalid"
    assert await hash_of(door, user) == kept
    shown = (await door.distributor.get(f"{PATH}/{user['id']}")).json()
    assert (shown["password_set_at"], shown["setup_expires_at"]) == ("2026-11-22T09:30:00Z", None)


async def test_of_two_who_set_it_at_once_one_does(door: Door) -> None:
    user = await created(door.distributor)
    both = await asyncio.gather(*(set_password(door, user["setup_secret"], f"{PASSWORD} {n}") for n in range(2)))
    assert sorted(answer.status_code for answer in both) == [204, 410]
    assert (await actions(door, user)).count("user.password") == 1


async def test_a_secret_that_is_none_sets_nothing(door: Door) -> None:
    user = await created(door.distributor)
    given = user["setup_secret"]
    others = (new_secret_text(SETUP_PREFIX), new_secret_text(KEY_PREFIX), door.distributor.key)
    for secret in ("", "prs_x", "prs_ü_x", given[:-1], f"{given}x", *others):
        assert problem_code(await set_password(door, secret), 410) == "setup_secret_invalid"
    assert await hash_of(door, user) is None


async def test_a_secret_ends_after_three_days(door: Door) -> None:
    late, early = await created(door.distributor), await created(door.distributor, email="b@b.example")
    door.clock.go_on(timedelta(hours=72) - timedelta(microseconds=1))
    assert (await set_password(door, early["setup_secret"])).status_code == 204
    door.clock.go_on(timedelta(microseconds=1))
    assert problem_code(await set_password(door, late["setup_secret"]), 410) == "setup_secret_invalid"


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("elevenchars", "too_short"),
        ("x" * 201, "too_long"),
        ("abcabcabcabc", "password_guessable"),
        ("JANA@nordlicht.EXAMPLE", "password_guessable"),
        ("", "too_short"),
        (None, "required"),
        (123456789012, "wrong_type"),
    ],
)
async def test_a_weak_password_is_refused_and_the_secret_stays(door: Door, password: Any, code: str) -> None:
    user = await created(door.distributor)
    answer = await set_password(door, user["setup_secret"], password)
    assert fields_of(answer) == {"password": code}
    assert str(password) not in answer.text or not password
    assert (await set_password(door, user["setup_secret"])).status_code == 204


async def test_weak_passwords_have_a_code(door: Door) -> None:
    user = await created(door.distributor)
    answer = await set_password(door, user["setup_secret"], "jana@nordlicht.example")
    assert problem_code(answer, 422) == "password_guessable"
    assert await hash_of(door, user) is None


async def test_another_secret_ends_the_one_before_and_the_password_stays_until_then(door: Door) -> None:
    user = await created(door.distributor)
    await set_password(door, user["setup_secret"])
    kept = await hash_of(door, user)
    path = f"{PATH}/{user['id']}/setup-secret"
    first, second = [(await door.distributor.post(path)).json() for _ in range(2)]
    assert await hash_of(door, user) == kept
    assert problem_code(await set_password(door, first["setup_secret"]), 410) == "setup_secret_invalid"
    assert (await set_password(door, second["setup_secret"], "another one of these")).status_code == 204
    assert await hash_of(door, user) != kept
    assert await actions(door, user) == ["user.password", "user.setup", "user.setup", "user.password", "user.create"]


async def test_a_repeat_shows_the_same_user_without_its_secret(door: Door) -> None:
    first, again = [await door.distributor.post(PATH, JANA, headers=KEY) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json() == {**first.json(), "setup_secret": None}
    path = f"{PATH}/{first.json()['id']}/setup-secret"
    setup = {"Idempotency-Key": "another secret"}
    one, same = [(await door.distributor.post(path, headers=setup)).json() for _ in range(2)]
    assert same == {**one, "setup_secret": None}
    assert (await set_password(door, one["setup_secret"])).status_code == 204


async def test_nothing_secret_is_in_any_table(door: Door) -> None:
    user = (await door.distributor.post(PATH, JANA, headers=KEY)).json()
    again = (await door.distributor.post(f"{PATH}/{user['id']}/setup-secret")).json()
    await set_password(door, again["setup_secret"])
    hashed = await hash_of(door, user)
    assert hashed
    async with door.database.read() as connection:
        rows = [
            (table, str(row))
            for table in metadata.tables
            for row in await connection.execute(text(f"SELECT * FROM {table}"))  # noqa: S608
        ]
    for secret in (user["setup_secret"], again["setup_secret"], PASSWORD):
        assert [table for table, row in rows if secret in row] == []
    assert [table for table, row in rows if hashed in row] == ["users"]
    assert hashed not in (await door.operator.get("/v1/audit")).text


async def test_an_address_is_one_users_in_the_whole_installation_in_any_case(door: Door) -> None:
    await created(door.distributor)
    stranger = await door.seated("distributor")
    for seat, email in ((door.distributor, "JANA@nordlicht.example"), (stranger, "jana@NORDLICHT.example")):
        answer = await seat.post(PATH, {**JANA, "email": email})
        assert problem_code(answer, 422) == "duplicate_email"
        assert fields_of(answer) == {"email": "duplicate_email"}
    assert (await stranger.get(PATH)).json()["data"] == []


async def test_name_role_and_state_change_with_before_and_after(door: Door) -> None:
    user = await created(door.distributor)
    path = f"{PATH}/{user['id']}"
    door.clock.go_on(timedelta(minutes=1))
    changes = {"name": "Jana Süd", "role": "billing"}
    changed = (await door.distributor.patch(path, changes)).json()
    assert changed == {
        **{name: value for name, value in user.items() if name != "setup_secret"},
        **changes,
        "scopes": ["read", "refund"],
        "updated_at": "2026-11-22T09:31:00Z",
    }
    assert (await door.distributor.patch(path, changes)).json() == changed
    (entry, _) = (await door.distributor.get("/v1/audit", params={"subject_id": user["id"]})).json()["data"]
    assert (entry["action"], entry["after"]) == ("user.edit", changes)
    assert entry["before"] == {"name": "Jana Nord", "role": "sales"}


async def test_the_audit_names_the_user_who_set_its_password(door: Door) -> None:
    user = await created(door.distributor)
    await set_password(door, user["setup_secret"])
    (entry, first) = (await door.distributor.get("/v1/audit", params={"subject_id": user["id"]})).json()["data"]
    assert (entry["actor"], entry["partner_id"]) == (user["id"], user["partner_id"])
    assert (entry["before"], entry["after"]) == (
        {"password_set_at": None, "setup_expires_at": "2026-11-25T09:30:00Z"},
        {"password_set_at": "2026-11-22T09:30:00Z", "setup_expires_at": None},
    )
    assert set(first["after"]) == {
        *("partner_id", "email", "name", "role", "state", "password_set_at", "setup_expires_at")
    }


async def test_a_disabled_user_sets_no_password_until_it_is_enabled_and_given_a_secret(door: Door) -> None:
    user = await created(door.distributor)
    path = f"{PATH}/{user['id']}"
    disabled = (await door.distributor.patch(path, {"state": "disabled"})).json()
    assert (disabled["state"], disabled["setup_expires_at"]) == ("disabled", None)
    assert problem_code(await set_password(door, user["setup_secret"]), 410) == "setup_secret_invalid"
    refused = await door.distributor.post(f"{path}/setup-secret", headers=KEY)
    assert problem_code(refused, 409) == "user_disabled"
    assert (await door.distributor.post(f"{path}/setup-secret", headers=KEY)).headers["Idempotency-Replayed"] == "true"
    assert (await door.distributor.patch(path, {"state": "enabled"})).json()["state"] == "enabled"
    assert problem_code(await set_password(door, user["setup_secret"]), 410) == "setup_secret_invalid"
    given = (await door.distributor.post(f"{path}/setup-secret")).json()
    assert (await set_password(door, given["setup_secret"])).status_code == 204


async def test_a_user_of_a_disabled_reseller_is_told_so(door: Door) -> None:
    reseller = await door.reseller()
    user = await created(reseller)
    partner = f"/v1/partners/{reseller.partner.id}"
    await door.distributor.patch(partner, {"state": "disabled"})
    assert problem_code(await set_password(door, user["setup_secret"]), 403) == "partner_disabled"
    assert problem_code(await reseller.get(f"{PATH}/{user['id']}"), 403) == "partner_disabled"
    assert (await door.distributor.get(f"{PATH}/{user['id']}")).status_code == 200
    await door.distributor.patch(partner, {"state": "enabled"})
    assert (await set_password(door, user["setup_secret"])).status_code == 204


async def test_nobody_makes_a_user_who_may_more_than_itself(door: Door) -> None:
    seat = await door.seated("distributor", scopes=("read", "write", "admin"))
    for role, lacking in (("admin", "refund"), ("billing", "refund"), ("ops", "refund")):
        answer = await seat.post(PATH, {**JANA, "role": role})
        assert (problem_code(answer, 403), answer.json()["scope"]) == ("missing_scope", lacking)
    user = await created(seat, role="technician")
    assert problem_code(await seat.patch(f"{PATH}/{user['id']}", {"role": "admin"}), 403) == "missing_scope"


async def test_nobody_takes_over_a_user_who_may_more_than_itself(door: Door) -> None:
    seat = await door.with_key(door.distributor.partner, ("admin",))
    user = await created(door.distributor, role="billing")
    path = f"{PATH}/{user['id']}"
    assert problem_code(await seat.post(f"{path}/setup-secret"), 403) == "missing_scope"
    assert (await seat.patch(path, {"name": "Other", "state": "disabled"})).json()["state"] == "disabled"
    assert problem_code(await seat.patch(path, {"state": "enabled"}), 403) == "missing_scope"
    assert (await door.distributor.patch(path, {"state": "enabled"})).json()["state"] == "enabled"


async def test_ops_is_the_operators_own_role(door: Door) -> None:
    assert (await created(door.operator, role="ops"))["scopes"] == ["read", "write", "refund", "admin", "ops"]
    below = {**JANA, "email": "b@b.example", "partner_id": door.distributor.partner.id}
    answer = await door.operator.post(PATH, {**below, "role": "ops"})
    assert problem_code(answer, 422) == "role_not_grantable"
    assert fields_of(answer) == {"role": "role_not_grantable"}
    user = (await door.operator.post(PATH, below)).json()
    raised = await door.operator.patch(f"{PATH}/{user['id']}", {"role": "ops"})
    assert fields_of(raised) == {"role": "role_not_grantable"}


async def test_a_distributor_has_users_at_its_resellers_and_at_nobody_elses(door: Door) -> None:
    reseller, stranger = await door.reseller(), await door.seated("distributor")
    user = await created(door.distributor, partner_id=reseller.partner.id)
    own = await created(door.distributor, email="own@d.example")
    path = f"{PATH}/{user['id']}"
    assert [one["id"] for one in (await reseller.get(PATH)).json()["data"]] == [user["id"]]
    for seat, partner in ((stranger, reseller), (reseller, door.distributor)):
        refused = await seat.post(PATH, {**JANA, "email": "x@x.example", "partner_id": partner.partner.id})
        assert problem_code(refused, 404) == "not_found"
    for seat, hidden in ((stranger, path), (reseller, f"{PATH}/{own['id']}")):
        assert problem_code(await seat.get(hidden), 404) == "not_found"
        assert problem_code(await seat.patch(hidden, {"name": "X"}), 404) == "not_found"
        assert problem_code(await seat.post(f"{hidden}/setup-secret"), 404) == "not_found"
    assert (await stranger.get(PATH)).json()["data"] == []
    assert (await reseller.patch(path, {"name": "X"})).json()["name"] == "X"


async def test_the_list_comes_page_by_page_and_narrowed(door: Door) -> None:
    reseller = await door.reseller()
    made = [
        await created(door.distributor, email=f"{n}@d.example", role=role)
        for n, role in enumerate(("sales", "billing"))
    ]
    below = await created(door.distributor, email="R@r.example", partner_id=reseller.partner.id)
    await door.distributor.patch(f"{PATH}/{made[0]['id']}", {"state": "disabled"})
    first = (await door.distributor.get(PATH, params={"limit": "2"})).json()
    second = (await door.distributor.get(PATH, params={"limit": "2", "cursor": first["next_cursor"]})).json()
    newest_first = [below["id"], made[1]["id"], made[0]["id"]]
    assert [one["id"] for one in (*first["data"], *second["data"])] == newest_first
    assert second["next_cursor"] is None
    for name, value, which in (
        ("partner_id", reseller.partner.id, [below["id"]]),
        ("role", "billing", [made[1]["id"]]),
        ("state", "disabled", [made[0]["id"]]),
        ("email", "r@R.EXAMPLE", [below["id"]]),
        ("email", "r@", []),
    ):
        assert name in FILTERS
        found = (await door.distributor.get(PATH, params={name: value})).json()["data"]
        assert [one["id"] for one in found] == which, name
    for name, code in (("role", "invalid_value"), ("state", "invalid_value"), ("who", "unknown_parameter")):
        assert problem_code(await door.distributor.get(PATH, params={name: "x"}), 422) == code


async def test_users_need_the_scope_admin(door: Door) -> None:
    user = await created(door.distributor)
    seat = await door.with_key(door.distributor.partner, ("read", "write", "refund"))
    path = f"{PATH}/{user['id']}"
    for answer in (
        await seat.get(PATH),
        await seat.get(path),
        await seat.post(PATH, JANA),
        await seat.patch(path, {"name": "X"}),
        await seat.post(f"{path}/setup-secret"),
    ):
        assert (problem_code(answer, 403), answer.json()["scope"]) == ("missing_scope", "admin")


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"email": "jana"}, "invalid_email", "email"),
        ({"name": " "}, "too_short", "name"),
        ({"role": "boss"}, "invalid_value", "role"),
        ({"role": None}, "required", "role"),
        *(
            ({name: "x"}, "unknown_field", name)
            for name in (
                "id",
                "state",
                "password",
                "password_hash",
                "setup_secret",
                "setup_hash",
                "scopes",
                "created_at",
            )
        ),
    ],
)
async def test_what_is_wrong_is_named(door: Door, fields: dict[str, Any], code: str, field: str) -> None:
    answer = await door.distributor.post(PATH, {**JANA, **fields})
    assert problem_code(answer, 422) == code
    assert fields_of(answer) == {field: code}


@pytest.mark.parametrize("field", ["id", "email", "partner_id", "password", "scopes", "setup_secret", "updated_at"])
async def test_what_stays_cannot_be_changed(door: Door, field: str) -> None:
    user = await created(door.distributor)
    answer = await door.distributor.patch(f"{PATH}/{user['id']}", {field: "x"})
    assert fields_of(answer) == {field: "unknown_field"}


async def test_every_role_of_a_user_is_known_to_the_door(door: Door) -> None:
    for number, (role, scopes) in enumerate(ROLES.items()):
        user = await created(door.operator, email=f"{number}@o.example", role=role)
        assert user["scopes"] == list(scopes)
