"""Sending what schemathesis makes of the whole document, as one role, and holding every answer against it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

import httpx2
import schemathesis
from schemathesis import Case, HookContext
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from schemathesis.engine.recorder import Interaction, ScenarioRecorder
from schemathesis.generation.meta import TestPhase
from schemathesis.hooks import GLOBAL_HOOK_DISPATCHER
from schemathesis.schemas import BaseSchema

from api.operations import SCHEMAS
from support_contract import document
from support_files import JSON_LINES, json_lines
from support_fuzz_checks import faults_of
from support_fuzz_values import Values, chance_of
from support_operations import Things

STEPS = 10
"""How long a walk from answer to answer is."""
TURNS = 20
"""How often walking is begun again, at most."""
SHOWN = 40
"""How many failures a run says in full."""
ENDED = re.compile(r"(revoked|deleted|removed|ended)_at")
"""What a thing says of itself that can be read after its end."""
UNPACKED = (b"content-encoding", b"content-length", b"transfer-encoding")
BY_ITSELF = "checks"
"""The phase of what the checks ask themselves: the same without a key, or after it was taken away."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much: `examples` of each operation, `walked` steps from answer to answer, of the edges one in `one_in`."""

    examples: int
    walked: int
    one_in: int
    seed: int


@dataclass(frozen=True, kw_only=True)
class Role:
    """Who asks, with which key, and of which things it must hear nothing."""

    name: str
    key: str
    values: Values
    hidden: Things


@dataclass
class Found:
    """What came of a run: answers by phase and status, failures by what they are, with the first that showed it."""

    counts: Counter[tuple[str, int]] = field(default_factory=Counter[tuple[str, int]])
    failures: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def cases(self) -> int:
        """How many cases were sent, without what checks asked themselves."""
        return sum(count for (phase, _), count in self.counts.items() if phase != BY_ITSELF)

    @property
    def walked(self) -> int:
        """How many of them went on from an answer, or began such a walk."""
        return sum(count for (phase, _), count in self.counts.items() if phase == "stateful")

    def note(self, what: str, shown: str) -> None:
        """Keep a failure, unless one like it is there."""
        self.failures.setdefault(what, shown)

    def told(self) -> str:
        """The failures, each with a command that repeats it."""
        shown = list(self.failures.items())[:SHOWN]
        return "\n\n".join([f"{len(self.failures)} failures", *(f"{what}\n{how}" for what, how in shown)])


def fuzz(base_url: str, role: Role, plan: Plan) -> Found:
    """Send all phases' cases as a role."""
    found = Found()
    schema = schemathesis.openapi.from_url(f"{base_url}/openapi.json", config=_config(base_url, role, plan))
    with _given(schema, role.values, one_in=plan.one_in, turn=crc32(role.name.encode())):
        for turn in range(TURNS):
            for event in from_schema(schema).execute():
                _take(event, found, role)
            if found.walked >= plan.walked:
                break
            # A walk that does not go the same way twice, because the world has changed, ends its phase early.
            schema.config.phases.update(phases=["stateful"])
            schema.config.seed = plan.seed + turn + 1
    return found


def _config(base_url: str, role: Role, plan: Plan) -> SchemathesisConfig:
    return SchemathesisConfig.from_dict(
        {
            "seed": plan.seed,
            "base-url": base_url,
            "headers": {"Authorization": f"Bearer {role.key}"},
            "continue-on-failure": True,
            "request-timeout": 90,
            "output": {"sanitization": {"enabled": False}},
            "generation": {"max-examples": plan.examples, "database": "none", "no-shrink": True},
            "checks": {
                # The rules refuse much that has the right shape.
                "positive_data_acceptance": {"enabled": False},
                # Reading is done by whoever has the link, and If-Match is held against before the body's rules.
                "negative_data_rejection": {"expected-statuses": ["4xx", "503"]},
                # A key is not needed for a dry run.
                "missing_required_header": {"enabled": False},
                "not_a_server_error": {"expected-statuses": ["2xx", "3xx", "4xx", "503"]},
            },
            "operations": [
                {"include-name": name, "checks": {"use_after_free": {"enabled": False}}}
                for name in readable_after_its_end()
            ],
            "phases": {
                "coverage": {"generate-duplicate-query-parameters": True},
                "stateful": {"generation": {"max-examples": plan.walked // STEPS}, "max-steps": STEPS},
            },
        }
    )


def readable_after_its_end() -> list[str]:
    """Return the operations that read what says when it ended: it is there still."""
    shapes: dict[str, Any] = document()["components"]["schemas"]
    ended = {name for name, shape in shapes.items() if any(map(ENDED.fullmatch, shape.get("properties", {})))}
    return [
        f"GET {path}" for path, item in document()["paths"].items() if "get" in item and ended & _answers(item["get"])
    ]


def _answers(described: dict[str, Any]) -> set[str]:
    return set(re.findall(rf"{SCHEMAS}(\w+)", json.dumps(described["responses"])))


@contextmanager
def _given(schema: BaseSchema, values: Values, *, one_in: int, turn: int) -> Generator[None]:
    """Let every case have its values before it is sent, and of the edges only every so many be sent."""

    def before_call(context: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
        values.give(case)

    def filter_case(context: HookContext, case: Case[Any]) -> bool:
        is_edge = case.meta is not None and case.meta.phase.name is TestPhase.COVERAGE
        return not is_edge or (chance_of(case) + turn) % one_in == 0

    schema.hooks.register_hook_with_name(filter_case, "filter_case")
    GLOBAL_HOOK_DISPATCHER.register_hook_with_name(before_call, "before_call")
    try:
        yield
    finally:
        GLOBAL_HOOK_DISPATCHER.unregister(before_call)


@schemathesis.serializer(JSON_LINES)
def _json_lines(_: object, value: object) -> bytes:
    """A file of one row."""
    return json_lines([value])


def _take(event: events.EngineEvent, found: Found, role: Role) -> None:
    match event:
        case events.FatalError(exception=error):
            raise error
        case events.NonFatalError():
            found.note(f"{event.label}: no case could be made or sent", str(event.value))
        case events.ScenarioFinished():
            _take_scenario(event.recorder, event.phase.value, found, role)
        case _:
            pass


def _take_scenario(recorder: ScenarioRecorder, phase: str, found: Found, role: Role) -> None:
    for case_id, interaction in recorder.interactions.items():
        node = recorder.cases[case_id]
        answer = answer_of(interaction)
        if answer is None:
            found.note(f"{node.value.operation.label}: no answer", node.value.as_curl_command())
            continue
        by_itself = node.parent_id is not None and node.transition is None
        found.counts[BY_ITSELF if by_itself else phase, answer.status_code] += 1
        _hold(answer, node.value, found, role)
        for check in recorder.checks.get(case_id, []):
            if check.failure_info is not None:
                failure = check.failure_info.failure
                what = f"{failure.operation}: {failure.title} ({check.name}, {answer.status_code})"
                found.note(what, f"{failure.message}\n{check.failure_info.code_sample}\n{answer.text[:600]}")


def _hold(answer: httpx2.Response, case: Case[Any], found: Found, role: Role) -> None:
    sent = {name: value for name, value in answer.request.headers.items() if name.isascii() and value.isascii()}
    for fault in faults_of(answer, hidden=role.hidden):
        command = case.as_curl_command(headers=sent)
        what = f"{case.operation.label}: {answer.status_code} to {answer.request.method}: {fault}"
        found.note(what, f"{command}\n{answer.text[:600]}")


def answer_of(interaction: Interaction) -> httpx2.Response | None:
    """Return an answer as the client of the other tests has it, None where there was none."""
    asked, response = interaction.request, interaction.response
    if response is None:
        return None
    request = httpx2.Request(asked.method, asked.uri, headers=_flat(asked.headers), content=asked.body or b"")
    # What was packed is unpacked already.
    headers = [(name, value) for name, value in _flat(response.headers) if name not in UNPACKED]
    return httpx2.Response(response.status_code, headers=headers, content=response.content, request=request)


def _flat(headers: Mapping[str, list[str]]) -> list[tuple[bytes, bytes]]:
    """Headers as bytes; any may be in a request."""
    return [
        (name.lower().encode(errors="surrogateescape"), value.encode(errors="surrogateescape"))
        for name, values in headers.items()
        for value in values
    ]
