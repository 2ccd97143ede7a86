"""What changed between two OpenAPI documents, and whether a client that was made from the first one breaks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
LIMITS = {"minimum": 1, "exclusiveMinimum": 1, "minLength": 1, "minItems": 1}
LIMITS_ABOVE = {"maximum": -1, "exclusiveMaximum": -1, "maxLength": -1, "maxItems": -1}


@dataclass(frozen=True, order=True)
class Change:
    """A change at a place of the document."""

    place: str
    what: str
    breaks: bool

    def __str__(self) -> str:
        return f"{'BREAKS A CLIENT' if self.breaks else 'additive'}: {self.place}: {self.what}"


def changes_between(before: Json, after: Json) -> list[Change]:
    """The changes that a client may notice, those that break it first."""
    found = [*_operations(before, after), *_components(before, after)]
    return sorted(set(found), key=lambda change: (not change.breaks, change))


def _operations(before: Json, after: Json) -> Iterator[Change]:
    old, new = _by_address(before), _by_address(after)
    yield from _compared(old, new, "", "operation")
    for address in old.keys() & new.keys():
        yield from _operation(address, old[address], new[address])


def _by_address(document: Json) -> dict[str, Json]:
    return {f"{method} {path}": one for path, methods in document["paths"].items() for method, one in methods.items()}


def _operation(address: str, old: Json, new: Json) -> Iterator[Change]:
    for member in ("operationId", "x-scope"):
        if old.get(member) != new.get(member):
            yield Change(address, f"{member} {old.get(member)} is now {new.get(member)}", breaks=True)
    yield from _parameters(address, old, new)
    yield from _request(address, old.get("requestBody"), new.get("requestBody"))
    yield from _responses(address, old["responses"], new["responses"])


def _parameters(address: str, old: Json, new: Json) -> Iterator[Change]:
    were, are = ({one["name"]: one for one in op.get("parameters", [])} for op in (old, new))
    for name in were.keys() - are.keys():
        yield Change(address, f"the parameter {name} is gone", breaks=True)
    for name in are.keys() - were.keys():
        yield Change(address, f"there is a parameter {name}", breaks=bool(are[name].get("required")))
    for name in were.keys() & are.keys():
        place = f"{address} {name}"
        if are[name].get("required") and not were[name].get("required"):
            yield Change(place, "is required now", breaks=True)
        yield from _schema(place, were[name]["schema"], are[name]["schema"], sent=True)


def _request(address: str, old: Json | None, new: Json | None) -> Iterator[Change]:
    if old is None or new is None:
        if old is not new:
            is_new = new is not None
            says = "takes a body" if is_new else "takes no body any more"
            yield Change(address, says, breaks=not is_new or bool(new and new.get("required")))
        return
    if new.get("required") and not old.get("required"):
        yield Change(address, "the body is required now", breaks=True)
    yield from _content(f"{address} body", old["content"], new["content"], sent=True)


def _responses(address: str, old: Json, new: Json) -> Iterator[Change]:
    for status in old.keys() - new.keys():
        yield Change(address, f"the answer {status} is gone", breaks=True)
    for status in new.keys() - old.keys():
        yield Change(address, f"there is an answer {status}", breaks=status < "4")
    for status in old.keys() & new.keys():
        place = f"{address} {status}"
        yield from _content(place, old[status].get("content", {}), new[status].get("content", {}), sent=False)
        was, now = (set(answer.get("x-problem-codes", ())) for answer in (old[status], new[status]))
        yield from (Change(place, f"the code {code} is gone", breaks=True) for code in was - now)
        yield from (Change(place, f"there is a code {code}", breaks=False) for code in now - was)
        for name in old[status].get("headers", {}).keys() - new[status].get("headers", {}).keys():
            yield Change(place, f"the header {name} is gone", breaks=True)


def _content(place: str, old: Json, new: Json, *, sent: bool) -> Iterator[Change]:
    yield from _compared(old, new, place, "media type")
    for media_type in old.keys() & new.keys():
        was, now = (content[media_type].get("schema", {}) for content in (old, new))
        yield from _schema(place, was, now, sent=sent)


def _components(before: Json, after: Json) -> Iterator[Change]:
    old, new = before["components"]["schemas"], after["components"]["schemas"]
    sent = _sent(before) | _sent(after)
    shown = _shown(before) | _shown(after)
    for name in old.keys() & new.keys():
        for is_sent in (*((True,) if name in sent else ()), *((False,) if name in shown else ())):
            yield from _schema(name, old[name], new[name], sent=is_sent)


def _schema(place: str, old: Json, new: Json, *, sent: bool) -> Iterator[Change]:
    if old.get("$ref") != new.get("$ref") or _types(old) != _types(new):
        was, now = _types(old), _types(new)
        widened = was < now if sent else now < was
        yield Change(place, f"{_named(old)} is now {_named(new)}", breaks=not widened)
        return
    yield from _limits(place, old, new, sent=sent)
    yield from _values(place, old, new, sent=sent)
    yield from _members(place, old, new, sent=sent)
    if "items" in old and "items" in new:
        yield from _schema(f"{place}[]", old["items"], new["items"], sent=sent)


def _types(schema: Json) -> frozenset[str]:
    """The alternatives that a value may be."""
    if "anyOf" in schema:
        return frozenset(one for alternative in schema["anyOf"] for one in _types(alternative))
    if "$ref" in schema:
        return frozenset({schema["$ref"]})
    return frozenset({f"{schema.get('type')}:{schema.get('format', '')}"})


def _named(schema: Json) -> str:
    return " or ".join(sorted(one.rpartition("/")[2].removesuffix(":") for one in _types(schema)))


def _limits(place: str, old: Json, new: Json, *, sent: bool) -> Iterator[Change]:
    for name, sign in {**LIMITS, **LIMITS_ABOVE}.items():
        was, now = old.get(name), new.get(name)
        if was != now:
            is_narrower = now is not None and (was is None or (now - was) * sign > 0)
            yield Change(place, f"{name} {was} is now {now}", breaks=is_narrower if sent else not is_narrower)
    if old.get("pattern") != new.get("pattern"):
        yield Change(place, f"pattern {old.get('pattern')} is now {new.get('pattern')}", breaks=True)


def _values(place: str, old: Json, new: Json, *, sent: bool) -> Iterator[Change]:
    was, now = (set(map(str, one.get("enum", [one["const"]] if "const" in one else []))) for one in (old, new))
    yield from (Change(place, f"the value {value} is gone", breaks=sent or bool(now)) for value in was - now)
    # A client that matches every value of an answer knows no other one.
    yield from (Change(place, f"there is a value {value}", breaks=not sent or not was) for value in now - was)


def _members(place: str, old: Json, new: Json, *, sent: bool) -> Iterator[Change]:
    were, are = old.get("properties", {}), new.get("properties", {})
    had, has = set(old.get("required", ())), set(new.get("required", ()))
    for name in were.keys() - are.keys():
        yield Change(place, f"the member {name} is gone", breaks=True)
    for name in are.keys() - were.keys():
        yield Change(place, f"there is a member {name}", breaks=sent and name in has)
    for name in were.keys() & are.keys():
        if name in has - had:
            yield Change(place, f"{name} is always there" if not sent else f"{name} is required now", breaks=sent)
        if name in had - has:
            yield Change(place, f"{name} may be left out", breaks=not sent)
        yield from _schema(f"{place}.{name}", were[name], are[name], sent=sent)


def _compared(old: Json, new: Json, place: str, what: str) -> Iterator[Change]:
    yield from (Change(place or name, f"the {what} {name} is gone", breaks=True) for name in old.keys() - new.keys())
    yield from (Change(place or name, f"there is a {what} {name}", breaks=False) for name in new.keys() - old.keys())


def _sent(document: Json) -> set[str]:
    """The components that requests are made of."""
    parts = [one for op in _by_address(document).values() for one in (op.get("requestBody"), op.get("parameters"))]
    return _reached(document, parts)


def _shown(document: Json) -> set[str]:
    """The components that answers are made of."""
    return _reached(document, [op["responses"] for op in _by_address(document).values()])


def _reached(document: Json, start: object) -> set[str]:
    found: set[str] = set()
    waiting = list(_references(start))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _references(document["components"]["schemas"].get(name, {}))
    return found


def _references(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from _references(one)
    elif isinstance(value, dict):
        for name, one in value.items():
            if name == "$ref":
                yield str(one).rpartition("/")[2]
            else:
                yield from _references(one)
