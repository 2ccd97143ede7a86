"""What the templates ask of the document: words, and which arguments go with which way to ask."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Callable
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context
from openapi_python_client.schema.untrusted_string import UntrustedString
from openapi_python_client.strings import safe_for_docstring

from operations import JSON, SCHEMA

Json = dict[str, Any]
WIDTH = 120
# What is shown once does not stand in the text of the object that holds it, which may end in a log.
SECRETS = {"key", "secret", "setup_secret"}
# What each way to ask an operation leaves out of its query.
LEFT_OUT = {"done": {"dry_run"}, "preview": {"dry_run"}, "each": {"dry_run", "cursor"}, "file": {"limit", "cursor"}}


def doc(value: object, indent: int, first: int | None = None) -> str:
    """Return text as it stands in a docstring that is indented so far."""
    text = value.get_untrusted_value() if isinstance(value, UntrustedString) else str(value)
    lead = " " * (0 if first is None else first)
    spare = len(text) - len(text.lstrip())
    paragraphs = [
        textwrap.fill(
            " ".join(paragraph.split()),
            WIDTH,
            initial_indent=lead + " " * spare if number == 0 else " " * indent,
            subsequent_indent=" " * indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for number, paragraph in enumerate(re.split(r"\n\s*\n", safe_for_docstring(text.strip())))
    ]
    return "\n\n".join(paragraphs)


def asked_for(endpoint: Any, way: str) -> list[Any]:
    """Return the members of the query that one gives when one asks in this way."""
    return [member for member in endpoint.query_parameters if raw_name(member) not in LEFT_OUT[way]]


def has(endpoint: Any, header: str) -> bool:
    """Return whether the operation takes a header."""
    return any(raw_name(member) == header for member in endpoint.header_parameters)


def raw_name(member: Any) -> str:
    """Return a member's name in the document."""
    found: str = member.name.get_untrusted_value()
    return found


def returned(answer: str) -> str:
    """Return the type of what an operation returns, from what it answers."""
    return {"object": "Any", "type(None)": "None"}.get(answer, answer)


def iterating(name: str) -> str:
    """Return the name of what goes through a list: `iterate` for `list`, `iterate_timeline` for `list_timeline`."""
    return re.sub(r"^list(?=_|$)", "iterate", name) if re.match(r"list(_|$)", name) else f"iterate_{name}"


def renamed(member: Any, is_required: bool) -> str:  # noqa: FBT001 # A template gives it.
    """Return what a member of a model is set to: whether it may be missing or shown, and its name in JSON."""
    name = raw_name(member)
    said = {
        "default=None": not is_required,
        "repr=False": name in SECRETS,
        f'metadata={{"name": "{name}"}}': member.python_name != name,
    }
    given = [part for part, is_so in said.items() if is_so]
    if given == ["default=None"]:
        return " = None"
    return f" = field({', '.join(given)})" if given else ""


@pass_context
def known_as(context: Context, enum: Any) -> str | None:
    """Return the name of the values that a member may have, None where the document gives them none."""
    values: dict[str, tuple[str, ...]] = context["values"]
    found = (name for name, named in values.items() if set(named) == enum.values and name in context["answered"])
    return next(found, None)


def asked_in(document: Json) -> set[str]:
    """Return the schemas that stand inside bodies, which are themselves given member by member."""
    contents = (raw.get("requestBody", {}).get("content", {}) for raw in _operations(document))
    roots = {content[JSON]["schema"].get("$ref", "").removeprefix(SCHEMA) for content in contents if JSON in content}
    return _reached(document, [document["components"]["schemas"][root] for root in roots])


def answered_in(document: Json) -> set[str]:
    """Return the schemas that stand in answers."""
    return _reached(document, [raw["responses"] for raw in _operations(document)])


def _operations(document: Json) -> list[Json]:
    return [raw for methods in document["paths"].values() for raw in methods.values()]


def _reached(document: Json, roots: list[Json]) -> set[str]:
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        names = set(re.findall(rf'"{re.escape(SCHEMA)}(\w+)"', json.dumps(waiting.pop()))) - found
        found |= names
        waiting += [document["components"]["schemas"][name] for name in names]
    return found


FILTERS: dict[str, Callable[..., object]] = {"doc": doc, "code": "`{}`".format}
ASKED: dict[str, Callable[..., object]] = {
    "asked_for": asked_for,
    "has": has,
    "raw_name": raw_name,
    "returned": returned,
    "iterating": iterating,
    "known_as": known_as,
    "renamed": renamed,
}
