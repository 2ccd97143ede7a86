"""`/docs`: the reference as a page, from files of this package alone; nothing is fetched from another host."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from intake.denials import NotFound

router = APIRouter(include_in_schema=False)

FOLDER = Path(__file__).with_name("docs_ui")
TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".png": "image/png"}
# Styles in attributes are how the page lays itself out; scripts come from files only.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
        " connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Perennial API</title>
<link rel="icon" type="image/png" href="/docs/assets/favicon-32x32.png">
<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
</head>
<body>
<noscript>This page needs scripts; the same is at <a href="/openapi.json">/openapi.json</a>.</noscript>
<div id="reference"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/assets/start.js"></script>
</body>
</html>
"""


@router.get("/docs")
async def show_reference() -> HTMLResponse:
    """Show every operation, with a form to try it."""
    return HTMLResponse(_PAGE, headers=HEADERS)


@router.get("/docs/assets/{name}")
async def show_asset(name: str) -> Response:
    """Return one of the page's files."""
    asset = FOLDER / name
    if name not in _assets():
        raise NotFound
    headers = {**HEADERS, "Cache-Control": "public, max-age=3600"}
    return Response(_read(asset), media_type=TYPES[asset.suffix], headers=headers)


@cache
def _assets() -> frozenset[str]:
    return frozenset(file.name for file in FOLDER.iterdir() if file.suffix in TYPES)


@cache
def _read(asset: Path) -> bytes:
    return asset.read_bytes()
