"""The console's files: style sheets and scripts of this package alone, compressed once, under names that never change.

Those of others are kept as they were published; `static/files.sha256` has their packages and hashes.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from console.paths import STATIC

FOLDER = Path(__file__).with_name("static")
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file, plain and compressed, and the beginning of its hash."""

    plain: bytes
    compressed: bytes
    version: str
    media_type: str


def asset_url(name: str) -> str:
    """Return a file's address, another one whenever the file is another."""
    return f"{STATIC}/{name}?v={_asset(name).version}"


async def show_asset(request: Request) -> Response:
    """Return one of the files."""
    name = request.path_params["name"]
    if name not in _names():
        raise HTTPException(404)
    asset = _asset(name)
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(asset.compressed, media_type=asset.media_type, headers=headers)
    return Response(asset.plain, media_type=asset.media_type, headers=headers)


@cache
def _names() -> frozenset[str]:
    return frozenset(file.name for file in FOLDER.iterdir() if file.suffix in TYPES)


@cache
def _asset(name: str) -> Asset:
    plain = (FOLDER / name).read_bytes()
    compressed = gzip.compress(plain, 9, mtime=0)
    return Asset(plain, compressed, sha256(plain).hexdigest()[:16], TYPES[Path(name).suffix])
