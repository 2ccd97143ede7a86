"""Whether the process is up, whether it can do its work, and its numbers."""

from __future__ import annotations

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.metrics import RequestMetrics
from api.operations import operation
from api.parts import parts_of
from api.shapes.sandbox import Readiness, Up
from storage.database import Database

router = APIRouter(tags=["health"])


@router.get(
    "/healthz",
    **operation("Say that the process is up", name="read_health", scope=None, answer=Up, example={"status": "up"}),
)
async def healthz() -> JSONResponse:
    """Answer, which is all that is asked."""
    return JSONResponse({"status": "up"})


@router.get(
    "/readyz",
    **operation(
        "Say whether database, engine and workers can be reached",
        name="read_readiness",
        answer=Readiness,
        unwell=Readiness,
        scope=None,
        example={"status": "ready", "checks": {"database": True, "engine": True, "workers": True}},
    ),
)
async def readyz(request: Request) -> JSONResponse:
    """Answer 200 when everything can be reached, else 503, and what it is."""
    parts = parts_of(request)
    checks = {"database": await _answers(parts.database), **await parts.readiness()}
    ready = all(checks.values())
    body = {"status": "ready" if ready else "not_ready", "checks": checks}
    return JSONResponse(body, status_code=200 if ready else 503)


@router.get("/metrics", include_in_schema=False)
async def show_metrics(request: Request) -> Response:
    """Answer in Prometheus' own format."""
    metrics: RequestMetrics = request.app.state.metrics
    return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)


async def _answers(database: Database) -> bool:
    try:
        await database.ping()
    except (SQLAlchemyError, OSError):
        return False
    return True
