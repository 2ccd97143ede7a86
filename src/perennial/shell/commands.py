"""Makes Typer's commands of the operations that are written down; the client is loaded when one is called."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from perennial.shell.manner import Manner
from perennial.shell.operations import Kind, Member, Operation

GROUPS = {
    "customers": "Customers: who certificates are for.",
    "partners": "Partners: oneself and the resellers below.",
    "keys": "API keys.",
    "users": "Users: the people of oneself and of the resellers below.",
    "catalog": "The catalogue: offerings, products, CLM tiers and price lists.",
    "agreement": "The Enterprise Certificate Agreement: its versions and their texts.",
    "subscriptions": "Subscriptions, from purchase to their end.",
    "subscriptions eca": "A subscription's agreement.",
    "bulk": "Files of commands, carried out row by row.",
    "commands": "Commands that were accepted.",
    "transactions": "What was charged and given back.",
    "refunds": "Refunds.",
    "invoices": "Invoices and credit notes.",
    "reports": "Reports.",
    "webhooks": "Webhooks and what they were told.",
}
_KINDS: dict[Kind, Any] = {
    Kind.TEXT: str | None,
    Kind.NUMBER: int | None,
    Kind.FLAG: bool,
    Kind.NULL: bool,
    Kind.MANY: list[str] | None,
    Kind.COUNTS: list[str] | None,
}
JsonOption = Annotated[bool, typer.Option("--json", help="Print the API's JSON, and problems as JSON to stderr.")]
ProfileOption = Annotated[str | None, typer.Option("--profile", help="Which API and key (`perennial profile list`).")]


def add_operations(root: typer.Typer, operations: Iterable[Operation], groups: dict[str, typer.Typer]) -> None:
    """Add a command for each operation; `groups` are those that are there already, by their words."""
    for operation in operations:
        words = operation.command.split()
        parent = root
        for depth in range(1, len(words)):
            name = " ".join(words[:depth])
            if name not in groups:
                groups[name] = typer.Typer(help=GROUPS[name], no_args_is_help=True)
                parent.add_typer(groups[name], name=words[depth - 1])
            parent = groups[name]
        parent.command(words[-1], help=operation.help)(_command(operation))


def _command(operation: Operation) -> Callable[..., None]:
    def run(**given: Any) -> None:
        # Heavy to load, and not needed for help and completion.
        from perennial.shell.asking import carry_out  # noqa: PLC0415

        manner = {name: given.pop(name) for name in _MANNERS if name in given}
        if "clear" in manner:
            manner["clear"] = tuple(manner["clear"] or ())
        carry_out(operation, given, Manner(**manner))

    parameters = (*_arguments(operation), *map(_option, operation.members), *_manner(operation))
    run.__signature__ = inspect.Signature(list(parameters))  # type: ignore[attr-defined]  # what Typer reads
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def _arguments(operation: Operation) -> Iterator[inspect.Parameter]:
    for name in operation.arguments:
        yield _parameter(name, Annotated[str, typer.Argument(show_default=False)], inspect.Parameter.empty)


def _option(member: Member) -> inspect.Parameter:
    option = typer.Option(member.flag, help=member.help, show_default=False)
    if member.required:
        kind = {Kind.NUMBER: int, Kind.TEXT: str}.get(member.kind, list[str])
        return _parameter(member.given_as, Annotated[kind, option], inspect.Parameter.empty)
    kind = _KINDS[member.kind]
    return _parameter(member.given_as, Annotated[kind, option], False if kind is bool else None)


def _manner(operation: Operation) -> Iterator[inspect.Parameter]:
    wanted = {
        "as_json": True,
        "profile": True,
        "dry_run": operation.dry_run,
        "if_match": operation.if_match,
        "idempotency_key": operation.is_change,
        "wait": operation.is_change,
        "clear": operation.may_clear,
        "limit": operation.paged,
        "cursor": operation.paged,
        "all": operation.paged,
        "output": operation.saved_as is not None,
    }
    return (_parameter(name, *_MANNERS[name]) for name, is_wanted in wanted.items() if is_wanted)


def _parameter(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def _said(kind: Any, flag: str, about: str) -> Any:
    return Annotated[kind, typer.Option(flag, help=about)]


_MANNERS: dict[str, tuple[Any, Any]] = {
    "as_json": (JsonOption, False),
    "profile": (ProfileOption, None),
    "dry_run": (_said(bool, "--dry-run", "Only say what would happen."), False),
    "if_match": (_said(str | None, "--if-match", "Refuse it unless this is still its version."), None),
    "idempotency_key": (_said(str | None, "--idempotency-key", "Of an earlier try; made unless given."), None),
    "wait": (_said(int, "--wait", "Seconds to wait until it is done."), 60),
    "clear": (_said(list[str] | None, "--clear", "A member to make empty; repeat it."), None),
    "limit": (_said(int | None, "--limit", "How many (1 to 200)."), None),
    "cursor": (_said(str | None, "--cursor", "Where an earlier page ended."), None),
    "all": (_said(bool, "--all", "Read every page; with --json one line each."), False),
    "output": (_said(Path | None, "--output", "The file; named after the id unless said."), None),
}
