"""Chunks of an idempotent route: a calculation is not begun twice for the same chunk.

Costs two writes and one table row a chunk. A chunk whose worker died midway is not begun again
either, for nobody knows what it has done: its items fail by name, to be redriven on purpose.
"""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.idempotency.exceptions import IdempotencyAlreadyInProgressError
from aws_lambda_powertools.utilities.typing import LambdaContext

from rollcall.errors import AlreadyRunning
from rollcall.events import ChunkRequested, ChunkSettled
from rollcall.worker.chunks import Writing, run_chunk

KEPT_SECONDS = 24 * 3600


class Lifetime(LambdaContext):
    """What Powertools asks a Lambda context: how long a chunk that was begun counts as in progress."""

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return KEPT_SECONDS * 1000


def run_chunk_idempotently(table: str) -> Callable[..., Writing]:
    """`run_chunk`, remembered in an idempotency table with its results written at once.

    Raises AlreadyRunning for a chunk in progress elsewhere.
    """
    config = IdempotencyConfig(expires_after_seconds=KEPT_SECONDS)
    config.register_lambda_context(Lifetime())
    store = DynamoDBPersistenceLayer(table)

    def once(request: ChunkRequested, *given: Any) -> Writing:
        @idempotent_function(data_keyword_argument="name", persistence_store=store, config=config)
        def remembered(name: str) -> dict:  # noqa: ARG001  the name is what it is remembered by
            return asdict(run_chunk(request, *given)())

        try:
            settled = ChunkSettled(**remembered(name=f"{request.job_id}/{request.run}/{request.chunk}"))
        except IdempotencyAlreadyInProgressError as error:
            raise AlreadyRunning(f"chunk {request.chunk} of job {request.job_id!r} is in progress elsewhere") from error
        return lambda: settled

    return once
