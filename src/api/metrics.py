"""What Prometheus reads: requests by route and status, and how long they took."""

from __future__ import annotations

from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class RequestMetrics:
    """The numbers of one application, in a registry of its own."""

    def __init__(self) -> None:
        """Start at zero."""
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        labels = ("method", "route", "status")
        self._requests = Counter("http_requests", "Requests answered", labels, registry=self.registry)
        self._seconds = Histogram("http_request_seconds", "Seconds to an answer", labels[:2], registry=self.registry)

    def count(self, method: str, route: str, status: int, *, seconds: float) -> None:
        """Count one request."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)


class CountRequests:
    """Counts each request under its route's template, never under its address, which holds ids and tokens."""

    def __init__(self, app: ASGIApp, metrics: RequestMetrics) -> None:
        """Wrap an application."""
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = perf_counter(), 500

        async def send_counted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_counted)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            self._metrics.count(scope["method"], route, status, seconds=perf_counter() - began)
