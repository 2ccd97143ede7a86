"""The client of Perennial: subscriptions of certificate authorities and their resellers.

`Perennial` is the blocking client, `AsyncPerennial` the one for asyncio; `models` are the answers, `params` the members
of bodies, `errors` everything that goes wrong, `webhooks` checks a request to a webhook of yours.
"""

from perennial_client import errors, webhooks
from perennial_client._calls import OMIT, Omit
from perennial_client._exchange import NO_RETRIES, Retries
from perennial_client._models import Http, Model
from perennial_client.errors import (
    AuthenticationError,
    BadRequestError,
    CommandPendingError,
    ConflictError,
    ConnectionFailedError,
    FieldError,
    GoneError,
    InvalidInputError,
    NotFoundError,
    PerennialError,
    PermissionDeniedError,
    ProblemError,
    RateLimitedError,
    ServerError,
    SettingMissingError,
    SignatureError,
    UnexpectedAnswerError,
    VersionConflictError,
)
from perennial_client.generated import models, params
from perennial_client.generated.clients import AsyncPerennial, Perennial

__all__ = [
    "NO_RETRIES",
    "OMIT",
    "AsyncPerennial",
    "AuthenticationError",
    "BadRequestError",
    "CommandPendingError",
    "ConflictError",
    "ConnectionFailedError",
    "FieldError",
    "GoneError",
    "Http",
    "InvalidInputError",
    "Model",
    "NotFoundError",
    "Omit",
    "Perennial",
    "PerennialError",
    "PermissionDeniedError",
    "ProblemError",
    "RateLimitedError",
    "Retries",
    "ServerError",
    "SettingMissingError",
    "SignatureError",
    "UnexpectedAnswerError",
    "VersionConflictError",
    "errors",
    "models",
    "params",
    "webhooks",
]
