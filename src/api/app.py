"""The application: the resources, and what every request passes through."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from api import (
    agreements,
    api_keys,
    audit,
    bulk,
    bulk_results,
    catalog,
    commands,
    customers,
    deliveries,
    docs_page,
    eca,
    events,
    health,
    histories,
    invoice_pdf,
    invoices,
    mails,
    me,
    overview,
    partners,
    problem_pages,
    quotes,
    refunds,
    reports,
    sandbox,
    sandbox_invoices,
    sandbox_mailbox,
    subscription_commands,
    subscriptions,
    transactions,
    usage,
    users,
    webhooks,
)
from api.heads import HeadAsGet
from api.metrics import CountRequests, RequestMetrics
from api.openapi import documented
from api.parts import Parts
from api.problems import install_problems
from api.rate_headers import RateHeaders
from api.request_ids import RequestIds
from intake.rates import KeyRates

FORM_BYTES = 2_097_152  # what forms may have; JSON bodies have a limit of their own

ROUTERS = (
    health.router,
    me.router,
    overview.router,
    catalog.router,
    agreements.router,
    partners.router,
    customers.router,
    quotes.router,
    subscriptions.router,
    subscription_commands.router,
    histories.router,
    usage.router,
    commands.router,
    transactions.router,
    refunds.router,
    bulk.router,
    bulk_results.router,
    invoice_pdf.router,  # before the one whose ids could end so
    invoices.router,
    reports.router,
    events.router,
    webhooks.router,
    api_keys.router,
    users.router,
    audit.router,
    deliveries.router,
    mails.router,
    eca.assets,
    eca.router,
    problem_pages.router,
    docs_page.router,
)
SANDBOX_ROUTERS = (sandbox.router, sandbox_invoices.router, sandbox_mailbox.router)


def create_app(parts: Parts) -> FastAPI:
    """Return the door for programs over these parts."""
    app = _routed(sandbox=parts.sandbox)
    app.state.parts = parts
    app.state.rates = KeyRates(parts.database, parts.rate_limit_per_second)
    app.state.metrics = RequestMetrics()
    install_problems(app)
    # The last one added is the outermost: an id first, then the counting.
    app.add_middleware(RateHeaders)
    app.add_middleware(HeadAsGet)
    app.add_middleware(CountRequests, metrics=app.state.metrics)
    app.add_middleware(RequestIds)
    return app


def openapi_document(*, sandbox: bool) -> dict[str, Any]:
    """Return the OpenAPI document that a sandbox, or production, serves."""
    return _routed(sandbox=sandbox).openapi()


def _routed(*, sandbox: bool) -> FastAPI:
    app = FastAPI(
        title="Perennial",
        summary="Subscriptions of certificate authorities and their resellers",
        version="1",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        max_body_size=FORM_BYTES,
        # Its records would carry paths and messages, in which tokens and names may stand.
        telemetry={"auto_configure": False, "tracing": False, "metrics": False, "logs": False},
    )
    for router in (*ROUTERS, *(SANDBOX_ROUTERS if sandbox else ())):
        app.include_router(router)
    app.openapi = documented(app)  # type: ignore[method-assign]  # FastAPI's own way to replace it
    return app
