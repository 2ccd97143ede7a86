"""A client of the Temporal server, as the settings describe it."""

from __future__ import annotations

import os
from dataclasses import replace
from platform import node

from temporalio.client import Client
from temporalio.contrib.pydantic import PydanticPayloadConverter, ToJsonOptions, pydantic_data_converter
from temporalio.converter import CompositePayloadConverter

from perennial.settings import Settings

# Only the members that were set: histories are kept for years, and the reading side has the defaults.
_BRIEF = PydanticPayloadConverter(ToJsonOptions(exclude_unset=True))


class BriefPayloadConverter(CompositePayloadConverter):
    """One converter for all workflows, each of which asks for its own: so what it learns of a type is learnt once."""

    def __init__(self) -> None:
        """Share what there is."""
        super().__init__(*_BRIEF.converters.values())


HOST_LENGTH = 12  # the process's name goes into every workflow task of every history
DATA_CONVERTER = replace(pydantic_data_converter, payload_converter_class=BriefPayloadConverter)


async def connect(settings: Settings) -> Client:
    """Return a connected client.

    Raises:
        RuntimeError: the server does not answer.
    """
    return await Client.connect(
        settings.engine_address,
        namespace=settings.namespace,
        data_converter=DATA_CONVERTER,
        identity=f"{os.getpid()}@{node()[:HOST_LENGTH]}",
        tls=settings.temporal_tls,
        api_key=settings.temporal_api_key.get_secret_value() if settings.temporal_api_key else None,
    )
