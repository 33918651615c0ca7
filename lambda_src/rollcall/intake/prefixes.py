"""Prefixes of S3: each object below an address that ends with a slash is an item, or a file of items.

Keys are listed a page at a time, so memory does not grow with their number.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError

from rollcall.errors import InputRefused
from rollcall.intake.fields import Fields
from rollcall.intake.file_source import FileSource, NamedSource
from rollcall.intake.files import default_client, place_in_s3, refused_by_s3
from rollcall.intake.problems import Problem, Record
from rollcall.intake.reading import Reading

NOTHING_BELOW = Problem("there is no object below it", "name a prefix that has some")


@dataclass(frozen=True)
class Prefix(NamedSource):
    """Each object is an item with `id` (the key), `uri`, `size` in bytes and `etag`."""

    @property
    def parts(self) -> "list[Prefix]":
        return [self]

    def records(self, fields: Fields) -> Iterator[Record]:
        found, (bucket, _) = 0, place_in_s3(self.uri)
        for found, entry in enumerate(objects_below(self), 1):
            yield f"object {found}", object_item(self.reading, bucket, entry["Key"], entry["Size"], entry["ETag"])
        if not found:
            yield "", NOTHING_BELOW


@dataclass(frozen=True)
class FilesBelow(NamedSource):
    """Each object is a file of items; an empty one, as Spark's _SUCCESS, has none."""

    @property
    def parts(self) -> Iterator[FileSource]:
        """Raises InputRefused where there is no file, or a key does not tell the data type."""
        found = None
        for found in filter(lambda entry: entry["Size"], objects_below(self)):
            yield self.file(found["Key"])
        if found is None:
            raise InputRefused([f"{self.uri}: {NOTHING_BELOW.sentence}"])

    def file(self, key: str) -> FileSource:
        uri, reading = f"s3://{place_in_s3(self.uri)[0]}/{key}", self.reading
        if reading.data_type_from_key:
            data_type = data_type_in(key, reading.data_type_from_key)
            if isinstance(data_type, Problem):
                raise InputRefused([f"{uri}: {data_type.sentence}"])
            reading = replace(reading, data_type=data_type, data_type_from_key="")
        return FileSource(uri, self.s3, reading)


def objects_below(source: NamedSource) -> Iterator[Any]:
    """What S3 tells of each object, but for the empty ones that stand for folders."""
    bucket, prefix = place_in_s3(source.uri)
    pages = (source.s3 or default_client()).get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    try:
        for page in pages:
            yield from (entry for entry in page.get("Contents", []) if not entry["Key"].endswith("/"))
    except (ParamValidationError, ClientError) as error:
        raise refused_by_s3(source.uri, error) or error from error


def object_item(reading: Reading, bucket: str, key: str, size: int | None, etag: str | None) -> dict | Problem:
    """The record of an object, `size` in bytes; what is not known of it is left out."""
    known = {"id": key, "uri": f"s3://{bucket}/{key}", "size": size, "etag": etag and etag.strip('"')}
    item = {name: value for name, value in known.items() if value is not None}
    if reading.data_type_from_key:
        data_type = data_type_in(key, reading.data_type_from_key)
        if isinstance(data_type, Problem):
            return data_type
        item["data_type"] = data_type
    return item


def data_type_in(key: str, pattern: str) -> str | Problem:
    """What the group of a regular expression takes in a key."""
    found = re.search(pattern, key)
    if found and found[1]:
        return found[1]
    text = f"no data type is found in key {key!r:.100} by {pattern!r:.60}"
    return Problem(text, "correct --data-type-from-key, or name a prefix below which every key has one", "no data type")
