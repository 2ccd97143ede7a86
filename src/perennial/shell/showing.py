"""What people see: tables, one thing by its fields, problems; money with its currency, never a float."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeGuard

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from perennial.shell.exits import Failed

WIDE = 240
Json = dict[str, Any]


def console(*, stderr: bool = False) -> Console:
    """Return where to write; a pipe is as wide as it needs to be, so that no id is cut."""
    is_terminal = (sys.stderr if stderr else sys.stdout).isatty()
    width = None if is_terminal or "COLUMNS" in os.environ else WIDE
    return Console(stderr=stderr, highlight=False, width=width)


def money_text(money: Mapping[str, Any]) -> str:
    """Return an amount of minor units as people write it: `3,725.00 USD`, `-300 JPY`."""
    from babel.numbers import get_currency_precision  # noqa: PLC0415 - heavy to load, and only money needs it

    amount, currency = int(money["amount"]), str(money["currency"])
    places = get_currency_precision(currency)
    whole, rest = divmod(abs(amount), 10**places)
    fraction = f".{rest:0{places}}" if places else ""
    return f"{'-' if amount < 0 else ''}{whole:,}{fraction} {currency}"


def cell(value: object) -> Text:
    """Return a value as it stands in a table; what could steer a terminal is shown as a mark instead."""
    shown = _words(value)
    return Text("".join(letter if letter.isprintable() or letter == "\n" else "\ufffd" for letter in shown))


def _words(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if _is_money(value):
        return money_text(value)
    if _is_object(value):
        return ", ".join(f"{name} {_words(inner)}" for name, inner in value.items() if inner is not None)
    if _is_list(value):
        return ", ".join(_counted(entry) for entry in value) or "-"
    return str(value)


def _counted(entry: object) -> str:
    if _is_object(entry) and set(entry) == {"product", "quantity"}:
        return f"{entry['quantity']} x {entry['product']}"
    return _words(entry)


def show_rows(rows: Iterable[Json], columns: Sequence[str], *, title: str | None = None) -> None:
    """Print a table of these members of each row; `a.b` is a member of a member."""
    table = Table(title=title, title_justify="left")
    for name in columns:
        table.add_column(name.rpartition(".")[2].replace("_", " "), overflow="fold", min_width=4)
    for row in rows:
        table.add_row(*(cell(_member(row, name)) for name in columns))
    console().print(table)


def show_one(body: Json) -> None:
    """Print a thing by its fields, and what it holds several of as tables below."""
    table = Table(show_header=False)
    nested: dict[str, list[Json]] = {}
    for name, value in body.items():
        rows = _rows_of(value)
        if rows and not _is_counts(rows):
            nested[name] = rows
        else:
            table.add_row(Text(name.replace("_", " "), style="bold"), cell(value))
    console().print(table)
    for name, rows in nested.items():
        columns = [column for column in rows[0] if not _rows_of(rows[0][column])]
        show_rows(rows, columns, title=name.replace("_", " "))


def show_failure(failed: Failed, *, as_json: bool, key: str | None) -> None:
    """Print why a command failed, to stderr; `key` is the idempotency key that makes a repeat safe."""
    problem = failed.problem if key is None else {**failed.problem, "idempotency_key": key}
    if as_json:
        typer.echo(json.dumps(problem, ensure_ascii=False), err=True)
        return
    out = console(stderr=True)
    out.print(Text(f"{problem.get('title', 'Failed')} ({_place_of(problem)})", style="bold red"))
    out.print(cell(problem.get("detail", "")))
    for error in problem.get("errors", ()):
        out.print(cell(f"  {error['field']}: {error['message']} ({error['code']})"))
    for name in ("state", "allowed", "scope", "expected_total", "total", "earliest_start_date", "request_id"):
        if problem.get(name) is not None:
            out.print(cell(f"{name.replace('_', ' ')}: {_words(problem[name])}"))
    if key is not None:
        out.print(cell(f"to repeat it safely: --idempotency-key {key}"))


def _place_of(problem: Mapping[str, Any]) -> str:
    return " ".join(str(problem[name]) for name in ("status", "code") if name in problem)


def _member(row: Any, name: str) -> Any:
    for part in name.split("."):
        row = row.get(part) if _is_object(row) else None
    return row


def _rows_of(value: object) -> list[Json]:
    return [entry for entry in value if _is_object(entry)] if _is_list(value) else []


def _is_counts(rows: Sequence[Json]) -> bool:
    return all(set(row) == {"product", "quantity"} for row in rows)


def _is_money(value: object) -> TypeGuard[Json]:
    return _is_object(value) and set(value) == {"amount", "currency"}


def _is_object(value: object) -> TypeGuard[Json]:
    return isinstance(value, dict)


def _is_list(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)
