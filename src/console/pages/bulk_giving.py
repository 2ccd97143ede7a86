"""Giving a file of commands: what it may hold, what each row would cost, and starting it."""

from __future__ import annotations

from typing import Any

from starlette.datastructures import UploadFile
from starlette.responses import Response

from console.bulk_drafts import keep_file, kept_file, note_started
from console.bulk_samples import KINDS, SAMPLES
from console.desk import Problem
from console.door import page
from console.partner_words import ROW_WORDS
from console.paths import BULK
from console.visit import Visit

MAX_BYTES = 10_485_760
CSV, JSON_LINES = "text/csv", "application/x-ndjson"
UNPROCESSABLE = 422


async def show_form(visit: Visit) -> Response:
    """Show the form, and what a file may hold."""
    return _form(visit, {})


async def give(visit: Visit) -> Response:
    """Price every row of a file; nothing is done yet."""
    file = visit.form.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        return _form(visit, {"file": "Choose a file."}, status=UNPROCESSABLE)
    if (file.size or 0) > MAX_BYTES:
        return _form(visit, {"file": "A file has at most 10 MiB. Give several."}, status=UNPROCESSABLE)
    content = await file.read()
    content_type = JSON_LINES if content.lstrip().startswith(b"{") else CSV
    try:
        pricing = await visit.desk.ask(
            "POST", _API, params={"dry_run": True}, content=content, content_type=content_type
        )
    except Problem as problem:
        return _form(visit, problem.errors, problem=_said(problem), status=problem.status)
    name = file.filename[:200]
    kept = await keep_file(visit, name=name, content=content, content_type=content_type, pricing=pricing.body)
    return visit.go(f"{BULK}/files/{kept.id}")


async def show_priced(visit: Visit) -> Response:
    """Show what each row would cost, or why it would be refused, and the sum."""
    draft = await kept_file(visit, visit.path("draft_id"))
    if "job_id" in draft.data:
        return visit.go(f"{BULK}/{draft.data['job_id']}")
    return visit.show("bulk/priced.html", draft=draft, pricing=draft.data["pricing"], row_words=ROW_WORDS)


async def start(visit: Visit) -> Response:
    """Start it; who does so twice comes to the same job."""
    draft = await kept_file(visit, visit.path("draft_id"))
    if "job_id" in draft.data:
        return visit.go(f"{BULK}/{draft.data['job_id']}", done="bulk-started")
    content = draft.data["content"].encode()
    answer = await visit.desk.ask("POST", _API, content=content, content_type=draft.data["type"], key=draft.id)
    await note_started(visit, draft, answer.body["id"])
    return visit.go(f"{BULK}/{answer.body['id']}", done="bulk-started")


async def show_sample(visit: Visit) -> Response:
    """Return a file with an example of each kind of row."""
    name = visit.request.url.path.rpartition("/")[2]
    content_type = CSV if name.endswith(".csv") else JSON_LINES
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(SAMPLES[name], media_type=content_type, headers=headers)


def _form(visit: Visit, errors: Any, *, problem: str = "", status: int = 200) -> Response:
    return visit.show("bulk/new.html", status=status, errors=errors, problem=problem, kinds=KINDS)


def _said(problem: Problem) -> str:
    """The API lists the first faults only; how many there are in all is said, so that nobody mends only those."""
    count = problem.body.get("error_count", 0)
    more = f"There are {count:,} faults in all; the first are below." if count > len(problem.errors) else ""
    return f"Nothing of the file was taken. {more or problem.detail}"


_API = "/v1/bulk"
ROUTES = (
    page(f"{BULK}/new", show_form, scope="write"),
    page(f"{BULK}/new", give, scope="write", methods=("POST",)),
    *(page(f"{BULK}/{name}", show_sample, scope="write") for name in SAMPLES),
    page(f"{BULK}/files/{{draft_id}}", show_priced, scope="write"),
    page(f"{BULK}/files/{{draft_id}}", start, scope="write", methods=("POST",)),
)
