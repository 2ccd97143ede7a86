"""The past and the future of a subscription on one line, oldest first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from console.rendering import money
from console.subscription_words import actor_words, charged, event_title, foreseen_title, mail_title, moment, told_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Something on the line: what happened or will, who did it, what it cost, and what was told of it."""

    at: datetime
    title: str
    actor: str = ""
    actor_id: str = ""
    reason: str | None = None
    money: str = ""
    transaction_id: str | None = None
    told: tuple[str, ...] = ()
    is_telling: bool = False


def past(entries: Iterable[Mapping[str, Any]], *, product_names: Mapping[str, str], user_id: str) -> tuple[Moment, ...]:
    """Return what happened, oldest first; `entries` are the API's, newest first. Mails stand with their event."""
    moments: list[Moment] = []
    waiting: list[Mapping[str, Any]] = []
    for entry in entries:
        if waiting and _belongs(waiting[0]) != _belongs(entry):
            moments.append(_told_alone(waiting))
            waiting = []
        if entry["version"] is None:
            waiting.append(entry)
        else:
            moments.append(_event(entry, waiting, product_names, user_id))
            waiting = []
    if waiting:
        moments.append(_told_alone(waiting))
    return tuple(reversed(moments))


def future(items: Iterable[Mapping[str, Any]], facts: Mapping[str, Any]) -> tuple[Moment, ...]:
    """Return what will happen if nobody touches the subscription, soonest first."""
    return tuple(
        Moment(
            at=moment(item["at"]),
            title=foreseen_title(item, facts),
            money="" if item["charge"] is None else money(item["charge"]),
            is_telling=item["kind"].endswith(("reminder", "followup")),
        )
        for item in items
    )


def _belongs(entry: Mapping[str, Any]) -> tuple[str, str]:
    return entry["at"], entry["command_id"]


def _event(
    entry: Mapping[str, Any], waiting: list[Mapping[str, Any]], names: Mapping[str, str], user_id: str
) -> Moment:
    return Moment(
        at=moment(entry["at"]),
        title=event_title(entry["kind"], entry["data"], names),
        actor=actor_words(entry["actor"], user_id),
        actor_id=entry["actor"],
        reason=entry["reason"],
        money=charged(entry["data"]),
        transaction_id=entry["transaction_id"],
        told=_told(waiting),
    )


def _told_alone(waiting: list[Mapping[str, Any]]) -> Moment:
    kind = str(waiting[0]["kind"])
    return Moment(at=moment(waiting[0]["at"]), title=f"Mail: {mail_title(kind)}", told=_told(waiting), is_telling=True)


def _told(waiting: list[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(told_words(entry["kind"], entry["data"]) for entry in reversed(waiting))
