"""Making, changing and ending webhooks, each with its audit entry in one transaction, and having things told again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from activities.webhook_addresses import Addresses, BadAddress
from intake.changing import Setting, record_change
from intake.denials import EngineUnreachable, NotFound
from intake.engine import Engine, EngineLost
from intake.sight import visible_webhooks
from lifecycle.event_portrait import EVENT_KINDS
from lifecycle.refusals import Conflict, FieldError, InvalidInput
from storage.deliveries import close_deliveries, find_delivery, owe_again
from storage.ids import new_id
from storage.partners import find_partner
from storage.tellings import Telling
from storage.webhook_secrets import webhook_secret
from storage.webhooks import (
    DELETED,
    DISABLED,
    ENABLED,
    EVERYBODY,
    Webhook,
    count_webhooks,
    find_webhook,
    insert_webhook,
    update_webhook,
    webhook_receiver,
)

MOST_WEBHOOKS = 20
_NOT_AUDITED = frozenset({"created_at", "updated_at", "previous_until"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhooks:
    """What webhooks need beside the database: the engine, which addresses are allowed, what secrets come from."""

    engine: Engine
    addresses: Addresses
    key: bytes

    def secret(self, webhook_id: str, number: int) -> str:
        """Return a secret, which is kept nowhere."""
        return webhook_secret(self.key, webhook_id, number)

    async def create(self, connection: AsyncConnection, setting: Setting, fields: Mapping[str, Any]) -> Webhook:
        """Store a new webhook of the caller's own.

        Raises:
            InvalidInput: `invalid_url`, `webhook_port_not_allowed`, `webhook_address_not_public`, `unknown_event_kind`.
            Conflict: `webhook_limit`.
        """
        partner = setting.caller.partner
        kinds = _checked_kinds(fields.get("kinds"))
        self._check_url(fields["url"])
        await find_partner(connection, partner.id, lock=True)
        if await count_webhooks(connection, partner.id) >= MOST_WEBHOOKS:
            raise Conflict("webhook_limit", f"A partner has at most {MOST_WEBHOOKS} webhooks.")
        webhook = Webhook(
            id=new_id("whk"),
            partner_id=partner.id,
            hears_of=EVERYBODY if setting.caller.is_operator else partner.id,
            url=fields["url"],
            description=fields.get("description"),
            kinds=kinds,
            state=ENABLED,
            state_reason=None,
            secret_number=1,
            previous_until=None,
            created_at=setting.at,
            updated_at=setting.at,
        )
        await insert_webhook(connection, webhook)
        await _record(connection, setting, "webhook.create", {}, webhook)
        return webhook

    async def edit(
        self, connection: AsyncConnection, setting: Setting, webhook_id: str, changes: Mapping[str, Any]
    ) -> Webhook:
        """Store changed members; a webhook that is disabled is told nothing, and what it was owed is given up.

        Raises:
            NotFound: there is none, or none that the caller sees.
            InvalidInput: as for a new one.
        """
        before = await _locked(connection, setting, webhook_id)
        if "url" in changes:
            self._check_url(changes["url"])
        members = dict(changes)
        if "kinds" in members:
            members["kinds"] = _checked_kinds(members["kinds"])
        if "state" in members and members["state"] != before.state:
            members["state_reason"] = None
        after = replace(before, **members)
        if after == before:
            return before
        after = replace(after, updated_at=setting.at)
        await update_webhook(connection, after)
        await _record(connection, setting, "webhook.edit", _audited(before), after)
        if after.state == DISABLED:
            await close_deliveries(connection, after.id, error="the webhook is disabled")
        return after

    async def rotate(
        self, connection: AsyncConnection, setting: Setting, webhook_id: str, *, until: datetime
    ) -> Webhook:
        """Sign with a new secret; the one before is signed with too until an instant of the wall's clock.

        Raises:
            NotFound: there is none, or none that the caller sees.
        """
        before = await _locked(connection, setting, webhook_id)
        number = before.secret_number + 1
        after = replace(before, secret_number=number, previous_until=until, updated_at=setting.at)
        await update_webhook(connection, after)
        await _record(connection, setting, "webhook.rotate", _audited(before), after)
        return after

    async def delete(self, connection: AsyncConnection, setting: Setting, webhook_id: str) -> None:
        """End a webhook; what it was owed is given up, and its row stays for what it was told.

        Raises:
            NotFound: there is none, or none that the caller sees.
        """
        before = await _locked(connection, setting, webhook_id)
        after = replace(before, state=DELETED, updated_at=setting.at)
        await update_webhook(connection, after)
        await _record(connection, setting, "webhook.delete", _audited(before), after)
        await close_deliveries(connection, webhook_id, error="the webhook is deleted")

    async def retry(
        self, connection: AsyncConnection, setting: Setting, webhook_id: str, delivery_id: str, *, now: datetime
    ) -> Telling:
        """Owe a telling again, whatever became of it before; `now` is wall time, call `wake` after the commit.

        Raises:
            NotFound: there is none, or none that the caller sees.
            Conflict: `webhook_disabled`.
        """
        webhook = await _locked(connection, setting, webhook_id)
        telling = await find_delivery(connection, webhook_id, delivery_id)
        if telling is None:
            raise NotFound
        if webhook.state == DISABLED:
            raise Conflict("webhook_disabled", "The webhook is disabled; enable it first.")
        await owe_again(connection, telling, now=now)
        owed = await find_delivery(connection, webhook_id, delivery_id) or telling
        before, after = {"status": telling.status}, {"status": owed.status, "delivery_id": delivery_id}
        await record_change(connection, setting, "webhook.retry", subject_id=webhook_id, before=before, after=after)
        return owed

    async def check_engine(self) -> None:
        """Let pass only while the engine answers.

        Raises:
            EngineUnreachable: it does not.
        """
        if not await self.engine.is_reachable():
            raise EngineUnreachable

    async def wake(self, webhook_id: str) -> bool:
        """Have the webhook's delivery look; return whether the engine took it. A lost signal loses no telling."""
        try:
            await self.engine.wake([webhook_receiver(webhook_id)])
        except EngineLost:
            return False
        return True

    def _check_url(self, url: str) -> None:
        try:
            self.addresses.target(url)
        except BadAddress as error:
            raise InvalidInput(FieldError("url", error.code, error.message)) from None


async def _locked(connection: AsyncConnection, setting: Setting, webhook_id: str) -> Webhook:
    found = await find_webhook(connection, webhook_id, visible_webhooks(setting.caller), lock=True)
    if found is None:
        raise NotFound
    return found


def _checked_kinds(kinds: list[str] | None) -> tuple[str, ...] | None:
    if kinds is None:
        return None
    unknown = [
        FieldError(f"kinds[{index}]", "unknown_event_kind", "There is no such kind of event.")
        for index, kind in enumerate(kinds)
        if kind not in EVENT_KINDS
    ]
    if unknown:
        raise InvalidInput(*unknown)
    return tuple(kind for kind in EVENT_KINDS if kind in kinds)


def _audited(webhook: Webhook) -> dict[str, Any]:
    members = {name: value for name, value in asdict(webhook).items() if name not in _NOT_AUDITED}
    return {**members, "kinds": None if webhook.kinds is None else list(webhook.kinds)}


async def _record(
    connection: AsyncConnection, setting: Setting, action: str, before: Mapping[str, Any], after: Webhook
) -> None:
    await record_change(connection, setting, action, subject_id=after.id, before=before, after=_audited(after))
