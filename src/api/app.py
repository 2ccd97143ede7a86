"""The application: the resources, and what every request passes through."""

from __future__ import annotations

from fastapi import FastAPI

from api import (
    api_keys,
    audit,
    catalog,
    commands,
    customers,
    deliveries,
    eca,
    events,
    health,
    histories,
    invoice_pdf,
    invoices,
    me,
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
    webhooks,
)
from api.access import KeyRates
from api.heads import HeadAsGet
from api.metrics import CountRequests, RequestMetrics
from api.openapi import documented
from api.parts import Parts
from api.problems import install_problems
from api.request_ids import RequestIds

FORM_BYTES = 2_097_152  # what forms may have; JSON bodies have a limit of their own

ROUTERS = (
    health.router,
    me.router,
    catalog.router,
    partners.router,
    customers.router,
    quotes.router,
    subscriptions.router,
    subscription_commands.router,
    histories.router,
    commands.router,
    transactions.router,
    refunds.router,
    invoice_pdf.router,  # before the one whose ids could end so
    invoices.router,
    reports.router,
    events.router,
    webhooks.router,
    api_keys.router,
    audit.router,
    deliveries.router,
    eca.assets,
    eca.router,
    problem_pages.router,
)
SANDBOX_ROUTERS = (sandbox.router, sandbox_invoices.router, sandbox_mailbox.router)


def create_app(parts: Parts) -> FastAPI:
    """Return the door for programs over these parts."""
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
    app.state.parts = parts
    app.state.rates = KeyRates(parts.rate_limit_per_second)
    app.state.metrics = RequestMetrics()
    install_problems(app)
    for router in (*ROUTERS, *(SANDBOX_ROUTERS if parts.sandbox else ())):
        app.include_router(router)
    # The last one added is the outermost: an id first, then the counting.
    app.add_middleware(HeadAsGet)
    app.add_middleware(CountRequests, metrics=app.state.metrics)
    app.add_middleware(RequestIds)
    app.openapi = documented(app)  # type: ignore[method-assign]  # FastAPI's own way to replace it
    return app
