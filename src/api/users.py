"""`/v1/users`: the people of a partner and of its resellers; how one sets its password."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.access import Admin, setting_of
from api.answers import json_answer
from api.listing import PAGE, list_answer, page_of
from api.operations import Listed, operation
from api.parameter_table import one_of
from api.parsing import body_of, named_in_body
from api.partners import visible_partner
from api.parts import parts_of
from api.preconditions import key_of
from api.query import choice_of, parameters
from api.shapes.parties import User as UserShape
from api.shapes.parties import UserWithSecret
from api.shown_once import answered_with_secret
from api.user_bodies import NewUserBody, NoBody, PasswordBody, UserChangesBody
from intake.denials import NotFound
from intake.idempotency import Answer, answered_once
from intake.passwords import NewPassword
from intake.roles import ROLES
from intake.scope import Caller
from intake.sight import visible_users
from intake.users import NewUser, create_user, edit_user, renew_setup
from lifecycle.portrait import instant
from storage.users import DISABLED, ENABLED, User, UserFilter, find_user, list_users

router = APIRouter(prefix="/v1/users", tags=["access"])

FILTERS = ("partner_id", "role", "state", "email")
EXAMPLE: dict[str, Any] = {
    "id": "usr_01930c3f8a7b7c3e9d5f2b1a4e6d8c0f",
    "partner_id": "ptn_01930c3f8a7b7c3e9d5f2b1a4e6d8c0f",
    "email": "jana@nordlicht.example",
    "name": "Jana Nord",
    "role": "sales",
    "scopes": ["read", "write"],
    "state": "enabled",
    "password_set_at": None,
    "setup_expires_at": "2026-11-25T09:00:00Z",
    "created_at": "2026-11-22T09:00:00Z",
    "updated_at": "2026-11-22T09:00:00Z",
}
_WITH_SECRET = {**EXAMPLE, "setup_secret": "prs_4fT9aQ2bX7Lm0VdR5sYcKe8uWgNhZ1oPiJ3tB6xAqCD_0Fk2Lz"}
_KEYED = ("Idempotency-Key",)
_GIVEN = ("not_found", "unknown_field", "invalid_value", "role_not_grantable", "idempotency_key_reused")


@router.post(
    "",
    **operation(
        "Create a user; the secret that sets its password is shown once",
        name="create_user",
        answer=UserWithSecret,
        scope="admin",
        status=201,
        body=NewUserBody,
        example=_WITH_SECRET,
        headers=_KEYED,
        codes=(*_GIVEN, "required", "invalid_email", "duplicate_email"),
    ),
)
async def post_user(request: Request, caller: Admin) -> JSONResponse:
    """Create it with its audit entry. A repeat shows the same user without the secret, which is kept nowhere."""
    parameters(request)
    if (partner_id := await named_in_body(request, "partner_id")) is not None:
        await visible_partner(request, caller, partner_id)
    asked = NewUser(**(await body_of(request, NewUserBody)).model_dump())
    parts, now = parts_of(request), parts_of(request).clock.wall()

    async def create(connection: AsyncConnection) -> tuple[Answer, str]:
        user, secret = await create_user(connection, setting_of(request, caller), asked, pepper=parts.pepper, now=now)
        headers = {"Location": f"{router.prefix}/{user.id}"}
        return Answer(status=201, body=user_body(user), headers=headers), secret

    return await answered_with_secret(request, caller, create, member="setup_secret", kind="user.create")


@router.get(
    "",
    **operation(
        "List users, disabled ones too",
        name="list_users",
        answer=Listed(UserShape),
        scope="admin",
        example={"data": [EXAMPLE], "next_cursor": None},
        parameters=(*FILTERS, *PAGE),
        special={
            "role": one_of("With this role only.", *ROLES),
            "state": one_of("In this state only.", ENABLED, DISABLED),
        },
        codes=("unknown_parameter", "invalid_value", "limit_out_of_range", "invalid_cursor"),
    ),
)
async def get_users(request: Request, caller: Admin) -> JSONResponse:
    """Return a page, newest first; `email` is the whole address, in any case."""
    given = parameters(request, *FILTERS, *PAGE)
    page = page_of(given)
    wanted = UserFilter(
        partner_id=given.get("partner_id"),
        role=choice_of(given, "role", tuple(ROLES)),
        state=choice_of(given, "state", (ENABLED, DISABLED)),
        email=given.get("email"),
    )
    async with parts_of(request).database.read_as(caller.sees) as connection:
        found = await list_users(connection, visible_users(caller), wanted, before=page.before_id, limit=page.fetch)
    return list_answer(request, page, found, key=lambda user: (user.id,), body=user_body)


@router.get(
    "/{user_id}",
    **operation(
        "Read a user", name="read_user", answer=UserShape, scope="admin", example=EXAMPLE, codes=("not_found",)
    ),
)
async def get_user(request: Request, user_id: str, caller: Admin) -> JSONResponse:
    """Return it."""
    user = await _visible_user(request, caller, user_id)
    parameters(request)
    return JSONResponse(user_body(user))


@router.patch(
    "/{user_id}",
    **operation(
        "Change a user's name or role, disable or enable it",
        name="change_user",
        answer=UserShape,
        scope="admin",
        body=UserChangesBody,
        example=EXAMPLE,
        headers=_KEYED,
        codes=(*_GIVEN, "required"),
    ),
)
async def patch_user(request: Request, user_id: str, caller: Admin) -> JSONResponse:
    """Change what the body names; disabling ends the secret that sets a password."""
    await _visible_user(request, caller, user_id)
    parameters(request)
    changes = (await body_of(request, UserChangesBody)).model_dump(exclude_unset=True)
    key, parts = await key_of(request, required=False), parts_of(request)
    now = parts.clock.wall()

    async def edit(connection: AsyncConnection) -> Answer:
        user = await edit_user(connection, setting_of(request, caller), user_id, changes, now=now)
        return Answer(status=200, body=user_body(user), headers={})

    return json_answer(await answered_once(parts.database, caller, key, edit, kind="user.edit", at=now))


@router.post(
    "/{user_id}/setup-secret",
    **operation(
        "Give a user another secret to set a password with; it is shown once",
        name="renew_setup_secret",
        answer=UserWithSecret,
        scope="admin",
        body=NoBody,
        may_be_empty=True,
        example=_WITH_SECRET,
        headers=_KEYED,
        codes=("not_found", "unknown_field", "user_disabled", "idempotency_key_reused"),
    ),
)
async def post_setup_secret(request: Request, user_id: str, caller: Admin) -> JSONResponse:
    """Return the user with a secret; the one before ends, a password goes on until another one is set."""
    await _visible_user(request, caller, user_id)
    parameters(request)
    await body_of(request, NoBody, may_be_empty=True)
    parts, now = parts_of(request), parts_of(request).clock.wall()

    async def renew(connection: AsyncConnection) -> tuple[Answer, str]:
        setting = setting_of(request, caller)
        user, secret = await renew_setup(connection, setting, user_id, pepper=parts.pepper, now=now)
        return Answer(status=200, body=user_body(user), headers={}), secret

    return await answered_with_secret(request, caller, renew, member="setup_secret", kind="user.setup")


@router.post(
    "/password",
    **operation(
        "Set one's password with the secret that was given out for it",
        name="set_password",
        scope=None,
        status=204,
        body=PasswordBody,
        codes=(
            *("required", "unknown_field", "too_short", "too_long", "password_guessable"),
            *("setup_secret_invalid", "partner_disabled", "unknown_parameter", "invalid_value"),
        ),
    ),
)
async def post_password(request: Request) -> Response:
    """Set it, which ends the secret. It takes no key and no Idempotency-Key: the secret works once."""
    parameters(request)
    body = await body_of(request, PasswordBody)
    new = NewPassword(secret=body.setup_secret.get_secret_value(), password=body.password.get_secret_value())
    parts, clock = parts_of(request), parts_of(request).clock
    await parts.passwords.set(new, at=clock.now(), now=clock.wall(), request_id=request.state.request_id)
    return Response(status_code=204)


def user_body(user: User) -> dict[str, Any]:
    """Return a user as it is shown: what it may do, and whether it has a password, never a secret."""
    return {
        "id": user.id,
        "partner_id": user.partner_id,
        "email": user.email,
        "name": user.name,
        "role": user.role,
        "scopes": list(ROLES[user.role]),
        "state": user.state,
        "password_set_at": instant(user.password_set_at),
        "setup_expires_at": instant(user.setup_expires_at),
        "created_at": instant(user.created_at),
        "updated_at": instant(user.updated_at),
    }


async def _visible_user(request: Request, caller: Caller, user_id: str) -> User:
    async with parts_of(request).database.read_as(caller.sees) as connection:
        user = await find_user(connection, user_id, visible_users(caller))
    if user is None:
        raise NotFound
    return user
