"""Where items come from: files of any format, on this machine or in S3, and what stands in a request itself.

A source has parts; a part yields (position, record) pairs as it reads, so memory does not grow with the input.
A record that cannot be read comes as a Problem in its place, and what was guessed as a Notice; reading goes on.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, ParamValidationError

from rollcall.errors import InputRefused
from rollcall.intake.compression import ENDINGS
from rollcall.intake.fields import Fields
from rollcall.intake.files import default_client, is_in_s3, opened, place_in_s3, refused_by_s3
from rollcall.intake.json_documents import check_requests, read_json_document
from rollcall.intake.json_lines import read_json_lines
from rollcall.intake.json_values import as_record, check_decoded
from rollcall.intake.problems import Notice, Problem
from rollcall.intake.reading import Reading, reading_of
from rollcall.intake.tables import read_table

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

Record = tuple[int | str, dict | Problem | Notice]
DELIMITERS = {"csv": ",", "tsv": "\t"}
NAMES = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".json": "json", ".tsv": "tsv"}
LISTING = ".inputs"


@dataclass(frozen=True)
class InlineSource:
    """Items given in the request itself: a list, or {"requests": [...], "length": n}."""

    content: list | dict
    reading: Reading = field(default_factory=Reading)
    name: str = "items"

    @property
    def parts(self) -> "list[InlineSource]":
        return [self]

    def records(self, fields: Fields) -> Iterator[Record]:
        if isinstance(self.content, list):
            yield from numbered(self.content)
        else:
            requests = self.content.get("requests")
            yield from numbered(requests if isinstance(requests, list) else [])
            yield from check_requests(len(requests) if isinstance(requests, list) else None, self.content.get("length"))


def numbered(records: list) -> Iterator[Record]:
    for number, record in enumerate(records, 1):
        yield f"item {number}", check_decoded(record) or as_record(record)


@dataclass(frozen=True)
class FileSource:
    """A local path or s3:// URI, for people `label`; its ending names the format unless the reading does."""

    uri: str
    s3: "S3Client | None" = None
    reading: Reading = field(default_factory=Reading)
    label: str = ""

    @property
    def name(self) -> str:
        return self.label or self.uri

    @property
    def parts(self) -> "list[FileSource]":
        return [self]

    @property
    def known_format(self) -> str | None:
        """What the reading says, else the ending of the name."""
        name = self.uri.lower()
        name = next((name.removesuffix(ending) for ending in ENDINGS if name.endswith(ending)), name)
        return self.reading.format or NAMES.get(PurePosixPath(name).suffix)

    @property
    def format(self) -> str:
        """Raises InputRefused when neither the reading nor the name tells it."""
        if self.known_format is None:
            cure = f"let it end in {', '.join(NAMES)} (or one of these with {', '.join(ENDINGS)}), or say --format"
            raise InputRefused([f"{self.name}: cannot tell the format from the name; {cure}"])
        return self.known_format

    def records(self, fields: Fields) -> Iterator[Record]:
        form = self.format
        with opened(self.uri, self.name, self.s3, self.reading.encoding) as stream:
            if form in DELIMITERS:
                yield from read_table(stream, fields, DELIMITERS[form])
            elif form == "json":
                yield from read_json_document(stream)
            else:
                yield from read_json_lines(stream)

    def members(self) -> dict:
        """The members of a JSON document beside its items, as far as "requestId", if there is one."""
        found: dict = {}
        with opened(self.uri, self.name, self.s3, self.reading.encoding) as stream:
            for _ in read_json_document(stream, found):
                if "requestId" in found:
                    break
        return found


@dataclass(frozen=True)
class Prefix:
    """The objects below an s3:// address that ends with a slash, each of them an item, listed a page at a time.

    An item has `id` (the key), `uri`, `size` in bytes and `etag`; its data type is named by the reading.
    """

    uri: str
    s3: "S3Client | None" = None
    reading: Reading = field(default_factory=Reading)

    @property
    def name(self) -> str:
        return self.uri

    @property
    def parts(self) -> "list[Prefix]":
        return [self]

    def records(self, fields: Fields) -> Iterator[Record]:
        found = 0
        for found, entry in enumerate(self.objects(), 1):
            yield (
                f"object {found}",
                {
                    "id": entry["Key"],
                    "uri": f"s3://{place_in_s3(self.uri)[0]}/{entry['Key']}",
                    "size": entry["Size"],
                    "etag": entry["ETag"].strip('"'),
                },
            )
        if not found:
            yield "", Problem("there is no object below it", "name a prefix that has some")

    def objects(self) -> Iterator[Any]:
        """What S3 tells of each object, but for the empty ones that stand for folders."""
        bucket, prefix = place_in_s3(self.uri)
        pages = (self.s3 or default_client()).get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        try:
            for page in pages:
                yield from (entry for entry in page.get("Contents", []) if not entry["Key"].endswith("/"))
        except (ParamValidationError, ClientError) as error:
            raise refused_by_s3(self.uri, error) or error from error


@dataclass(frozen=True)
class SeveralFiles:
    """Files and prefixes read one after another as one input."""

    parts: Sequence[FileSource | Prefix]

    @property
    def name(self) -> str:
        return f"{self.parts[0].name} and {len(self.parts) - 1} more"


Files = FileSource | Prefix | SeveralFiles
Source = InlineSource | Files


def source_of(given: object, s3: "S3Client") -> Source:
    """The source a request names; raises InputRefused when it names none, or two."""
    given = given if isinstance(given, dict) else {}
    reading = reading_of(given.get("reading"))
    uri, uris, items = given.get("uri"), given.get("uris"), given.get("items")
    if isinstance(items, list | dict) and uri is None and uris is None:
        return InlineSource(items, reading)
    uris = [uri] if uris is None and uri is not None else uris
    if items is None and isinstance(uris, list) and uris and all(isinstance(each, str) for each in uris):
        if local := [each for each in uris if not is_in_s3(each)]:
            raise InputRefused([f"{local[0]}: not an s3:// address; upload it, or submit it with rollcall submit"])
        return files_of([at(each, s3, reading) for each in uris])
    raise InputRefused(
        ['the job\'s "input" must hold one of "uri" (an s3:// address), "uris" (a list of them) and "items"; give one']
    )


def at(uri: str, s3: "S3Client | None", reading: Reading) -> FileSource | Prefix:
    """What is at an s3:// address."""
    return Prefix(uri, s3, reading) if uri.endswith("/") else FileSource(uri, s3, reading)


def files_of(files: Sequence[FileSource | Prefix]) -> Files:
    return files[0] if len(files) == 1 else SeveralFiles(files)


def address_of(source: Source, key: str, bucket: str, s3: "S3Client") -> str:
    """One address that tells a calculation where a job's whole input is: see source_at.

    That of the file, or, of several or such as need to be told how to read them, that of a listing below `key`.
    """
    if isinstance(source, InlineSource):
        return ""
    reading = source.parts[0].reading
    if not isinstance(source, SeveralFiles) and not reading.as_json():
        return source.uri
    listing = {"uris": [part.uri for part in source.parts], "reading": reading.as_json()}
    s3.put_object(Bucket=bucket, Key=key + LISTING, Body=json.dumps(listing).encode())
    return f"s3://{bucket}/{key}{LISTING}"


def source_at(address: str, s3: "S3Client | None" = None) -> Files:
    """The input of a job that stands at an address."""
    if not address.endswith(LISTING):
        return at(address, s3, Reading())
    with opened(address, address, s3, "") as stream:
        listing = json.load(stream)
    reading = reading_of(listing["reading"])
    return files_of([at(uri, s3, reading) for uri in listing["uris"]])
