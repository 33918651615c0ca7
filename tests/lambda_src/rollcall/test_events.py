"""Events are what their published JSON Schemas say, at both ends."""

import json
from dataclasses import asdict

import jsonschema
import pytest

from rollcall.errors import InvalidEvent
from rollcall.events import (
    KINDS,
    ChunkRequested,
    ChunkSettled,
    JobFinished,
    WorkerRequested,
    envelope,
    parse,
    schema_file,
)

REQUESTED = ChunkRequested("job", 1, 0, 1, "equity", "jobs/job/manifests/equity.jsonl", 0, 10, 2, "s3://b/k")
SETTLED = ChunkSettled("job", 1, 0, 1, 1, 1, "lambda", "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z")
WANTED = WorkerRequested("equity", 3, "b0c1", 1)
FINISHED = JobFinished("job", 2, "PARTIAL", 10, 8, 1, 1)
EVENTS = [REQUESTED, SETTLED, WANTED, FINISHED]


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_survives_the_way_through_its_envelope(event):
    assert parse(envelope(event), type(event)) == event
    assert parse(json.dumps(envelope(event)), type(event)) == event


@pytest.mark.parametrize("event", EVENTS)
def test_the_published_schema_accepts_what_is_sent(event):
    schema = json.loads(schema_file(event.detail_type).read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.validate(envelope(event), schema)
    assert set(schema["properties"]["detail"]["properties"]) == {"version", *asdict(event)}


def test_what_eventbridge_adds_to_an_envelope_is_accepted():
    delivered = envelope(REQUESTED) | {"id": "1", "time": "2026-01-01T00:00:00Z", "account": "1", "resources": []}
    assert parse(delivered, ChunkRequested) == REQUESTED


@pytest.mark.parametrize("field", ["version", "job_id", "chunk", "succeeded"])
def test_a_missing_field_is_named(field):
    message = envelope(SETTLED)
    del message["detail"][field]
    with pytest.raises(InvalidEvent, match=rf"Chunk Settled: .*{field}.*chunk_settled.json"):
        parse(message, ChunkSettled)


@pytest.mark.parametrize(
    ("field", "value"),
    [("version", "2"), ("job_id", "a b"), ("chunk", -1), ("chunk", 1.5), ("chunk", "1"), ("failed", None), ("more", 1)],
)
def test_a_wrong_value_is_refused(field, value):
    message = envelope(SETTLED)
    message["detail"][field] = value
    with pytest.raises(InvalidEvent, match="Chunk Settled: data"):
        parse(message, ChunkSettled)


def test_a_foreign_source_is_refused():
    with pytest.raises(InvalidEvent, match="source"):
        parse(envelope(SETTLED) | {"source": "other"}, ChunkSettled)


def test_an_event_of_the_other_kind_is_refused():
    with pytest.raises(InvalidEvent, match="got 'Chunk Requested' where 'Chunk Settled' belongs"):
        parse(envelope(REQUESTED), ChunkSettled)


@pytest.mark.parametrize("message", ["{", "[]", "{}", '{"detail-type": "Other"}'])
def test_what_is_no_event_is_refused(message):
    with pytest.raises(InvalidEvent):
        parse(message, ChunkSettled)


def test_an_event_that_does_not_match_its_schema_is_never_sent():
    with pytest.raises(InvalidEvent):
        envelope(ChunkSettled("not a job id", 1, 0, 1, 1, 0, "lambda", "", ""))


def test_every_kind_of_event_has_a_published_schema():
    assert all(schema_file(kind).exists() for kind in KINDS)
