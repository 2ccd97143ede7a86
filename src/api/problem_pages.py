"""`/problems/<code>`: what a problem's `type` leads to."""

from __future__ import annotations

from html import escape

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from api.problem_texts import PROBLEM_TEXTS, title_of
from intake.denials import NotFound

router = APIRouter(include_in_schema=False)

_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title></head>
<body><main><h1>{title}</h1><p><code>{code}</code></p><p>{text}</p></main></body>
</html>
"""


@router.get("/problems/{code}")
async def show_problem(code: str) -> HTMLResponse:
    """Say what a code means."""
    if code not in PROBLEM_TEXTS:
        raise NotFound
    page = _PAGE.format(title=escape(title_of(code)), code=escape(code), text=escape(PROBLEM_TEXTS[code]))
    return HTMLResponse(page)
