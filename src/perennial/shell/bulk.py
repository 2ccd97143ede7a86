"""`perennial bulk`: a file of commands is given, watched, moved and read."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from rich.progress import Progress

from perennial.shell.door import LOOK_EVERY, Door, Json
from perennial.shell.exits import wrong_usage
from perennial.shell.manner import Manner, telling
from perennial.shell.places import chosen_place, patience
from perennial.shell.showing import console, show_one

BULK = "/v1/bulk"
MEDIA_TYPES = {".csv": "text/csv", ".jsonl": "application/x-ndjson", ".ndjson": "application/x-ndjson"}
OVER = {"done", "cancelled"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A file, and how it is given."""

    file: Path
    dry_run: bool
    watch: bool
    idempotency_key: str | None


def give(given: Given, *, as_json: bool, profile: str | None) -> None:
    """Give a file, or price it; what an end half-way leaves goes on without anybody who looks on."""
    manner = Manner(as_json=as_json, profile=profile)
    key = None if given.dry_run else given.idempotency_key or uuid.uuid4().hex
    with telling(manner, key=key), Door(chosen_place(profile), patience=patience()) as door:
        found = _sent(door, given, key)
        _show(_watched(door, found) if given.watch and not given.dry_run else found, as_json=as_json)


def _sent(door: Door, given: Given, key: str | None) -> Json:
    media_type = MEDIA_TYPES.get(given.file.suffix.lower())
    if media_type is None:
        raise wrong_usage(f"{given.file} is named neither .csv nor .jsonl.")
    try:
        content = given.file.read_bytes()
    except OSError as error:
        raise wrong_usage(f"{given.file} cannot be read: {error.strerror}") from error
    query = {"dry_run": "true"} if given.dry_run else {}
    headers = {"Content-Type": media_type, **({} if key is None else {"Idempotency-Key": key})}
    found: Json = door.ask("POST", BULK, query=query, body=content, headers=headers).json()
    return found


def _watched(door: Door, job: Json) -> Json:
    """Return the job when it is over, or paused; a bar shows how far it is to those who look on."""
    out = console(stderr=True)
    with Progress(console=out, transient=True, disable=not out.is_terminal) as progress:
        bar = progress.add_task(job["id"], total=job["rows"])
        while True:
            job = door.ask("GET", f"{BULK}/{job['id']}").json()
            progress.update(bar, completed=job["rows"] - job["counts"]["pending"])
            if job["state"] in OVER | {"paused"}:
                return job
            time.sleep(LOOK_EVERY)


def _show(found: Json, *, as_json: bool) -> None:
    shown: dict[str, Any] = found if "id" in found else found["totals"]
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
    else:
        show_one(shown)
