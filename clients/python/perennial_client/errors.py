"""Everything that goes wrong, as exceptions.

PerennialError
├── ProblemError                 the service says no; `code` says why
│   ├── BadRequestError          400
│   ├── AuthenticationError      401
│   ├── PermissionDeniedError    403
│   ├── NotFoundError            404
│   ├── ConflictError            409: the rules say no
│   ├── GoneError                410
│   ├── VersionConflictError     412: it was changed meanwhile
│   ├── InvalidInputError        422; `errors` names the members
│   ├── RateLimitedError         429; `retry_after` says when to come again
│   └── ServerError              5xx
├── ConnectionFailedError        no answer came; `idempotency_key` repeats the change safely
├── CommandPendingError          accepted and not done in time; it will be done without the client
├── UnexpectedAnswerError        an answer that this release cannot read
├── SettingMissingError          no address or no key was given
└── SignatureError               a webhook's request is not the service's
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class PerennialError(Exception):
    """Anything that this package raises."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """One member or parameter that is wrong, such as `inventory[0].quantity`, and the rule that it breaks."""

    field: str
    code: str
    message: str


class ProblemError(PerennialError):
    """A problem, RFC 9457.

    `code` is stable and says what is wrong, `detail` says it in words, `request_id` finds it in the service's log.
    `retry_after` are seconds. `state` and `allowed` come with a 409 about the state; `members` are all members as they
    came. `idempotency_key` is the key that the change was sent with.
    """

    def __init__(
        self,
        status: int,
        members: Mapping[str, Any],
        *,
        retry_after: float | None = None,
        request_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> None:
        """Take the problem's members; an answer that is no problem has none."""
        self.status = status
        self.members = members
        self.code: str = members.get("code", f"http_{status}")
        self.title: str = members.get("title", "")
        self.detail: str = members.get("detail", "")
        self.request_id: str | None = members.get("request_id", request_id)
        self.errors = tuple(FieldError(one["field"], one["code"], one["message"]) for one in members.get("errors", ()))
        self.state: str | None = members.get("state")
        self.allowed: tuple[str, ...] = tuple(members.get("allowed", ()))
        self.retry_after = retry_after
        self.idempotency_key = idempotency_key
        super().__init__(self._text())

    def _text(self) -> str:
        said = f"{self.status} {self.code}: {self.detail}" if self.detail else f"{self.status} {self.code}"
        fields = "".join(f"; {one.field}: {one.message}" for one in self.errors)
        return f"{said}{fields}" if self.request_id is None else f"{said}{fields} (request {self.request_id})"


class BadRequestError(ProblemError):
    """400: the request is malformed."""


class AuthenticationError(ProblemError):
    """401: the key is missing, unknown, revoked or expired."""


class PermissionDeniedError(ProblemError):
    """403: the key lacks the scope, or the partner is disabled."""


class NotFoundError(ProblemError):
    """404: there is nothing of this id that the key may see."""


class ConflictError(ProblemError):
    """409: the rules say no, as things stand."""


class GoneError(ProblemError):
    """410: the link is dead."""


class VersionConflictError(ProblemError):
    """412: it was changed since the `ETag` that was given as `if_match`."""


class InvalidInputError(ProblemError):
    """422: the input is wrong; `errors` names each member."""


class RateLimitedError(ProblemError):
    """429: too often, or too soon; `retry_after` says when to come again."""


class ServerError(ProblemError):
    """5xx: the service failed; a change may be repeated with its `idempotency_key`."""


class ConnectionFailedError(PerennialError):
    """No answer came, also to the last try.

    Whether a change has happened is not known: repeated with `idempotency_key`, it happens once.
    """

    def __init__(self, what: str, *, idempotency_key: str | None) -> None:
        """Say what was asked and with which key."""
        self.idempotency_key = idempotency_key
        super().__init__(what)


class CommandPendingError(PerennialError):
    """A command is accepted durably and was not done in time; it will be done without the client.

    `wait_for_command` waits on, and so does the same call with `idempotency_key`.
    """

    def __init__(self, command_id: str, *, idempotency_key: str | None = None) -> None:
        """Name the command and the key that it came with."""
        self.command_id = command_id
        self.idempotency_key = idempotency_key
        super().__init__(f"{command_id} is accepted and not done yet")


class UnexpectedAnswerError(PerennialError):
    """An answer that this release of the package cannot read."""


class SettingMissingError(PerennialError):
    """No address or no key was given."""


class SignatureError(PerennialError):
    """A webhook's request is not the service's, or is too old."""


_BY_STATUS: dict[int, type[ProblemError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    410: GoneError,
    412: VersionConflictError,
    422: InvalidInputError,
    429: RateLimitedError,
}
_FIRST_OF_SERVER = 500


def error_of(status: int) -> type[ProblemError]:
    """Return the exception for a status."""
    return _BY_STATUS.get(status, ServerError if status >= _FIRST_OF_SERVER else ProblemError)
