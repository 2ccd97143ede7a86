"""The page of events shows what receivers get: every kind, with what a run of today's code sends."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
from standardwebhooks import WebhookVerificationError

from lifecycle.event_portrait import EVENT_KINDS, PAYLOAD_VERSION
from support_event_examples import PAGE, examples_on, walked, without_ids, written
from support_ledger import Desk, opened_desk
from support_webhooks import bought, drained, hooked, receiving, telling_at

PYTHON = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with opened_desk(database_url) as opened:
        yield opened


async def test_each_kind_of_event_has_the_example_that_a_receiver_gets(desk: Desk) -> None:
    page = PAGE.read_text(encoding="utf-8")
    shown, got = examples_on(page), await walked(desk)
    assert sorted(shown) == sorted(got) == sorted(EVENT_KINDS)
    for kind in EVENT_KINDS:
        assert without_ids(shown[kind]) == without_ids(got[kind]), f"{kind}: run tests/support_event_examples.py"
    assert {example["payload_version"] for example in shown.values()} == {PAYLOAD_VERSION}


async def test_the_page_s_python_takes_what_is_signed_and_refuses_what_is_not(desk: Desk) -> None:
    (source,) = PYTHON.findall(PAGE.read_text(encoding="utf-8"))
    async with receiving() as receiver:
        hook, other = await hooked(desk, receiver.url), await hooked(desk, receiver.url)
        await bought(desk)
        await drained(telling_at(desk), hook["id"])
    (first, _) = receiver.taken
    names: dict[str, object] = {}
    exec(source, names)  # noqa: S102 # The page's own words.
    verified = names["verified"]
    assert callable(verified)
    assert verified(hook["secret"], first.headers, first.body) == first.payload
    for secret, body in ((other["secret"], first.body), (hook["secret"], first.body + b" ")):
        with pytest.raises(WebhookVerificationError):
            verified(secret, first.headers, body)


def test_a_payload_of_another_shape_is_noticed() -> None:
    one = {"id": "evt_" + "a" * 32, "subscription_id": "sub_" + "b" * 32}
    assert without_ids(one) == without_ids({"id": "evt_" + "c" * 32, "subscription_id": "sub_" + "d" * 32})
    assert without_ids(one) != without_ids({**one, "more": None})
    assert without_ids(one) != without_ids({**one, "id": "sub_" + "a" * 32})
    page = "### `activated`\nWords.\n```json\n{}\n```"
    assert examples_on(written(page, {"activated": one})) == {"activated": one}
