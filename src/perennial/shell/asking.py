"""Carries an operation out: asks, waits, repeats under one key, and shows the answer."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import typer

from perennial.shell.door import ANSWER_WITHIN, Door, Json
from perennial.shell.exits import wrong_usage
from perennial.shell.manner import Manner, telling
from perennial.shell.operations import Kind, Operation
from perennial.shell.places import chosen_place, patience
from perennial.shell.showing import console, show_one, show_rows

PAGE = "200"


def carry_out(operation: Operation, given: Mapping[str, Any], manner: Manner) -> None:
    """Ask for an operation with these arguments and members, and show what comes back."""
    key = None
    if operation.is_change and not manner.dry_run:
        key = manner.idempotency_key or uuid.uuid4().hex
    with telling(manner, key=key), Door(chosen_place(manner.profile), patience=patience()) as door:
        if operation.method == "GET" and manner.all:
            _show_all(door, operation, given, manner)
        elif operation.saved_as is not None:
            _save(door, operation, given, manner, manner.output or Path(operation.saved_as.format(**given)))
        else:
            _show_answer(door, operation, given, manner, key)


def _show_answer(door: Door, operation: Operation, given: Mapping[str, Any], manner: Manner, key: str | None) -> None:
    is_read = operation.method == "GET"
    sent = _sent(operation, given, manner)
    query = _query(operation, sent if is_read else {}, manner)
    body = None if is_read or operation.method == "DELETE" else sent
    with console(stderr=True).status("waiting for the answer"):
        answer = door.ask(
            operation.method, _path(operation, given), query=query, body=body, headers=_headers(manner, key)
        )
        final = door.settled(answer, within=manner.wait)
    if isinstance(final, dict):
        _show(operation, final, json.dumps(final, ensure_ascii=False), manner)
    elif final.content:
        _show(operation, final.json(), final.text, manner)
    elif not manner.as_json:
        console(stderr=True).print("done")


def _show(operation: Operation, body: Json, text: str, manner: Manner) -> None:
    if manner.as_json:
        typer.echo(text)
    elif operation.columns and "data" in body:
        show_rows(body["data"], operation.columns)
        if body.get("next_cursor"):
            console(stderr=True).print(f"there are more: --all, or --cursor {body['next_cursor']}", markup=False)
    else:
        show_one(body)


def pages(door: Door, path: str, query: Mapping[str, str]) -> Iterator[list[Json]]:
    """Yield the pages of a list up to its end."""
    asked = {"limit": PAGE, **query}
    while True:
        page: Json = door.ask("GET", path, query=asked).json()
        yield page["data"]
        if page["next_cursor"] is None:
            return
        asked = {**asked, "cursor": page["next_cursor"]}


def _show_all(door: Door, operation: Operation, given: Mapping[str, Any], manner: Manner) -> None:
    query = _query(operation, _sent(operation, given, manner), manner)
    rows: list[Json] = []
    with console(stderr=True).status("reading") as status:
        for page in pages(door, _path(operation, given), query):
            if manner.as_json:
                for row in page:
                    typer.echo(json.dumps(row, ensure_ascii=False))
                continue
            rows += page
            status.update(f"read {len(rows)}")
    if not manner.as_json:
        show_rows(rows, operation.columns)


def _save(door: Door, operation: Operation, given: Mapping[str, Any], manner: Manner, file: Path) -> None:
    answer = door.ask("GET", _path(operation, given), headers={"Accept": str(operation.accept)})
    try:
        file.write_bytes(answer.content)
    except OSError as error:
        raise wrong_usage(f"{file} cannot be written: {error.strerror}") from error
    typer.echo(json.dumps({"file": str(file)}) if manner.as_json else f"{file}, {len(answer.content):,} bytes")


def _path(operation: Operation, given: Mapping[str, Any]) -> str:
    """Return the path with its arguments; whatever they are, they stay one part of it each."""
    for name in operation.arguments:
        if given[name] in {"", ".", ".."}:
            raise wrong_usage(f"{given[name]!r} is not an id.")
    return operation.path.format(**{name: quote(given[name], safe="") for name in operation.arguments})


def _sent(operation: Operation, given: Mapping[str, Any], manner: Manner) -> Json:
    absent: tuple[object, ...] = (None, False, [], ())
    sent: Json = {}
    for member in operation.members:
        value = given.get(member.given_as)
        if value in absent and not (member.kind is Kind.NUMBER and value is not None):
            continue
        if member.name in sent:
            raise wrong_usage(f"{member.flag} and another option say different things of {member.name}.")
        sent[member.name] = member.value(value)
    for name in manner.clear:
        if name in sent:
            raise wrong_usage(f"{name} is given and cleared.")
        sent[name.replace("-", "_")] = None
    return sent


def _query(operation: Operation, filters: Json, manner: Manner) -> dict[str, str]:
    query = {name: "true" if value is True else str(value) for name, value in filters.items()}
    if manner.dry_run:
        query["dry_run"] = "true"
    if operation.paged and manner.limit is not None:
        query["limit"] = str(manner.limit)
    if operation.paged and manner.cursor is not None:
        query["cursor"] = manner.cursor
    return query


def _headers(manner: Manner, key: str | None) -> dict[str, str]:
    given = {
        "Idempotency-Key": key,
        "If-Match": None if manner.if_match is None else f'"{manner.if_match.strip(chr(34))}"',
        "Prefer": f"wait={min(manner.wait, int(ANSWER_WITHIN) - 30)}" if key is not None else None,
    }
    return {name: value for name, value in given.items() if value is not None}
