"""Events and subscriptions as JSON and back."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from lifecycle.events import Event
from lifecycle.subscription import Subscription

T = TypeVar("T")

_events: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="kind")])
_subscriptions: TypeAdapter[Subscription] = TypeAdapter(Subscription)


def validated(adapter: TypeAdapter[T], stored: object) -> T:
    """Return what was stored as the adapter's type.

    Raises:
        ValueError: it does not fit; the message says where, and leaves out what stands there: it may be a person's.
    """
    try:
        return adapter.validate_python(stored)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        places = [f"{'.'.join(map(str, one['loc']))} ({one['type']})" for one in found]
        message = f"what was stored does not fit: {', '.join(places)}"
        raise ValueError(message) from None


def dump_event(event: Event) -> dict[str, Any]:
    """Return the event as a JSON object."""
    dumped: dict[str, Any] = _events.dump_python(event, mode="json")
    return dumped


def load_event(body: dict[str, Any]) -> Event:
    """Return the event that was dumped."""
    return validated(_events, body)


def dump_subscription(subscription: Subscription) -> dict[str, Any]:
    """Return the subscription as a JSON object."""
    dumped: dict[str, Any] = _subscriptions.dump_python(subscription, mode="json")
    return dumped


def load_subscription(body: dict[str, Any]) -> Subscription:
    """Return the subscription that was dumped."""
    return validated(_subscriptions, body)
