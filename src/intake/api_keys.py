"""Giving out API keys and revoking them, each with its audit entry in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from intake.changing import Setting, record_change
from intake.denials import MissingScope, NotFound
from intake.keys import issue_key
from intake.roles import OPS
from intake.scope import visible_partners
from intake.sight import visible_api_keys
from lifecycle.portrait import instant
from lifecycle.refusals import FieldError, InvalidInput
from storage.api_keys import ApiKey, find_api_key, revoke_api_key
from storage.partners import OPERATOR, Partner, find_partner

_AUDITED = ("partner_id", "prefix", "name", "expires_at", "revoked_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """What is asked for: a key for a partner, None being the caller's own, with these scopes."""

    partner_id: str | None
    scopes: Sequence[str]
    name: str | None
    expires_at: datetime | None


async def create_key(
    connection: AsyncConnection, setting: Setting, asked: NewKey, *, pepper: bytes, now: datetime
) -> tuple[ApiKey, str]:
    """Store a new key and return it with its text, which is kept nowhere; `now` is wall time.

    Raises:
        NotFound: no such partner, or none that the caller sees.
        MissingScope: the caller's key lacks a scope that it would grant.
        InvalidInput: `scope_not_grantable`, `expires_at_past`.
    """
    wanted = asked.partner_id or setting.caller.partner.id
    partner = await find_partner(connection, wanted, visible=visible_partners(setting.caller), lock=True)
    if partner is None:
        raise NotFound
    for scope in asked.scopes:
        if not setting.caller.has_scope(scope):
            raise MissingScope(scope)
    _check(asked, partner, now)
    key, text = await issue_key(
        connection,
        partner.id,
        asked.scopes,
        name=asked.name,
        pepper=pepper,
        now=now,
        expires_at=asked.expires_at,
    )
    await record_change(connection, setting, "api_key.create", subject_id=key.id, before={}, after=_audited(key))
    return key, text


async def revoke_key(connection: AsyncConnection, setting: Setting, key_id: str, *, now: datetime) -> None:
    """End a key at once; one that is revoked stays as it is. `now` is wall time.

    Raises:
        NotFound: no such key, or none that the caller sees.
    """
    before = await find_api_key(connection, key_id, visible_api_keys(setting.caller), lock=True)
    if before is None:
        raise NotFound
    if before.revoked_at is not None:
        return
    await revoke_api_key(connection, key_id, at=now)
    changed = {**_audited(before), "revoked_at": instant(now)}
    await record_change(
        connection, setting, "api_key.revoke", subject_id=key_id, before=_audited(before), after=changed
    )


def _check(asked: NewKey, partner: Partner, now: datetime) -> None:
    if OPS in asked.scopes and partner.kind != OPERATOR:
        at = f"scopes[{list(asked.scopes).index(OPS)}]"
        raise InvalidInput(FieldError(at, "scope_not_grantable", "Only the operator's keys have this scope."))
    if asked.expires_at is not None and asked.expires_at <= now:
        raise InvalidInput(FieldError("expires_at", "expires_at_past", "A key expires in the future."))


def _audited(key: ApiKey) -> dict[str, Any]:
    members = {name: value for name, value in asdict(key).items() if name in _AUDITED}
    times = {name: instant(members[name]) for name in ("expires_at", "revoked_at")}
    return {**members, **times, "scopes": list(key.scopes)}
