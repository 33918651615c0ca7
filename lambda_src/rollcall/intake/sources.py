"""Where items come from: files of any format, on this machine or in S3, and what stands in a request itself.

A source has parts; a part yields (position, record) pairs as it reads, so memory does not grow with the input.
A record that cannot be read comes as a Problem in its place, and what was guessed as a Notice; reading goes on.
"""

import json
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from rollcall.errors import InputRefused
from rollcall.intake.fields import Fields
from rollcall.intake.file_source import FileSource
from rollcall.intake.files import is_in_s3, opened
from rollcall.intake.inventories import Inventory, InventoryFile
from rollcall.intake.json_documents import NO_SLOT, check_requests
from rollcall.intake.json_values import as_record, check_decoded
from rollcall.intake.prefixes import FilesBelow, Prefix
from rollcall.intake.problems import Record
from rollcall.intake.reading import INVENTORY, Reading, reading_of

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

LISTING = ".inputs"
USUAL = Reading()
Single = FileSource | Prefix | FilesBelow | Inventory


@dataclass(frozen=True)
class InlineSource:
    """Items given in the request itself: a list, or an object with "requests" or "requestSlots"."""

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
            count = yield from held(self.content)
            yield from check_requests(count, self.content.get("length"))


def held(content: dict, slot: str = "") -> Generator[Record, None, int | None]:
    """The items of an object that holds some, or of a slot of it; returns how many there are, None if it holds none."""
    requests, slots = content.get("requests"), None if slot else content.get("requestSlots")
    if not isinstance(requests, list) and not isinstance(slots, list):
        return None
    yield from numbered(requests if isinstance(requests, list) else [], slot)
    count = len(requests) if isinstance(requests, list) else 0
    for number, each in enumerate(slots if isinstance(slots, list) else [], 1):
        more = (yield from held(each, f"slot {number} ")) if isinstance(each, dict) else None
        if more is None:
            yield f"slot {number}", NO_SLOT
        count += more or 0
    return count


def numbered(records: list, of: str = "") -> Iterator[Record]:
    for number, record in enumerate(records, 1):
        yield f"{of}item {number}", check_decoded(record) or as_record(record)


@dataclass(frozen=True)
class SeveralFiles:
    """Files and prefixes read one after another as one input."""

    named: Sequence[Single]

    @property
    def name(self) -> str:
        return f"{self.named[0].name} and {len(self.named) - 1} more"

    @property
    def parts(self) -> Iterable[FileSource | Prefix | InventoryFile]:
        return chain.from_iterable(each.parts for each in self.named)

    @property
    def reading(self) -> Reading:
        return self.named[0].reading


Files = Single | SeveralFiles
Source = InlineSource | Files


def source_of(given: object, s3: "S3Client", usual: Reading = USUAL) -> Source:
    """The source a request names, read as is usual where it does not say; raises InputRefused for none, or two."""
    given = given if isinstance(given, dict) else {}
    reading = reading_of(given.get("reading")).over(usual)
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


def at(uri: str, s3: "S3Client | None", reading: Reading) -> Single:
    """What is at an s3:// address."""
    if uri.endswith("/"):
        return (FilesBelow if reading.load else Prefix)(uri, s3, reading)
    return (Inventory if reading.format == INVENTORY else FileSource)(uri, s3, reading)


def files_of(files: Sequence[Single]) -> Files:
    return files[0] if len(files) == 1 else SeveralFiles(files)


def address_of(source: Source, key: str, bucket: str, s3: "S3Client") -> str:
    """One address that tells a calculation where a job's whole input is: see source_at.

    That of the file, or, of several or such as need to be told how to read them, that of a listing below `key`.
    """
    if isinstance(source, InlineSource):
        return ""
    reading = source.reading.as_json()
    if not isinstance(source, SeveralFiles) and not reading:
        return source.uri
    listing = {"uris": [each.uri for each in source.named], "reading": reading}
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
