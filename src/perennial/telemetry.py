"""Logs: JSON lines on standard error, with an allow-list of keys, so that no person's data slips in."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, cast

import structlog

ALLOWED = frozenset(
    {
        "attempts",
        "code",
        "command_id",
        "count",
        "customer_id",
        "duration_ms",
        "error",
        "event",
        "exception",
        "job_id",
        "kind",
        "level",
        "logger",
        "method",
        "path",
        "pending",
        "position",
        "receiver",
        "request_id",
        "seconds",
        "status",
        "subscription_id",
        "telling_id",
        "timestamp",
        "trace_id",
    }
)

FRAMES = 12


def configure_logs(level: int = logging.INFO) -> None:
    """Send our own logs and the libraries' warnings to standard error as JSON."""
    chain: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _frames_only,
        _allowed_only,
    ]
    structlog.configure(
        processors=[*chain, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, structlog.processors.JSONRenderer()],
        foreign_pre_chain=chain,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


def _frames_only(_logger: Any, _name: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Keep an exception's type and where it came from; its message may quote a row or an address."""
    info: object = entry.pop("exc_info", None)
    error = sys.exc_info()[1] if info else None
    if isinstance(info, BaseException):
        error = info
    elif isinstance(info, tuple):
        error = next((part for part in cast("tuple[object, ...]", info) if isinstance(part, BaseException)), None)
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)
        places = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames[-FRAMES:]]
        entry["exception"] = {"type": type(error).__name__, "at": places}
    return entry


def _allowed_only(_logger: Any, _name: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {name: value for name, value in entry.items() if name in ALLOWED or name.startswith("_")}
