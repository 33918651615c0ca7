"""S3 Inventory: each object that an inventory lists is an item, as each object below a prefix is.

An inventory is a manifest.json and the files it names, CSV without a header or Parquet; they are read as they stand.
"""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain
from urllib.parse import unquote_plus

from rollcall.errors import InputBroken, InputRefused
from rollcall.intake.fields import Fields
from rollcall.intake.file_source import NamedSource
from rollcall.intake.files import BLOCK_BYTES, Pieces, opened, opened_at_random
from rollcall.intake.parquet import read_parquet
from rollcall.intake.prefixes import object_item
from rollcall.intake.problems import Notice, Problem, Record
from rollcall.intake.reading import Reading
from rollcall.intake.tables import read_table

FORMATS = ("CSV", "Parquet")
NO_MANIFEST = "not the manifest.json of an S3 Inventory; name that one"


@dataclass(frozen=True)
class Inventory(NamedSource):
    """The manifest.json of an inventory; its files are the parts."""

    @property
    def parts(self) -> "Iterator[InventoryFile]":
        """Raises InputRefused for what is no manifest, or is of a format that is not read."""
        manifest = self.manifest()
        if manifest["fileFormat"] not in FORMATS:
            cure = f"let S3 write it as {' or '.join(FORMATS)}"
            raise InputRefused([f"{self.name}: an inventory in {manifest['fileFormat']} cannot be read; {cure}"])
        bucket = manifest["destinationBucket"].rpartition(":")[2]
        header = manifest["fileSchema"] if manifest["fileFormat"] == "CSV" else ""
        for file in manifest["files"]:
            yield InventoryFile(f"s3://{bucket}/{file['key']}", self.s3, self.reading, header)

    def manifest(self) -> dict:
        try:
            with opened(self.uri, self.name, self.s3, "") as stream:
                manifest = json.load(stream)
            expected = {"fileFormat": str, "destinationBucket": str, "fileSchema": str, "files": list}
            if all(isinstance(manifest[name], kind) for name, kind in expected.items()):
                return manifest
        except (ValueError, TypeError, KeyError, InputBroken) as error:
            raise InputRefused([f"{self.name}: {NO_MANIFEST}"]) from error
        raise InputRefused([f"{self.name}: {NO_MANIFEST}"])


@dataclass(frozen=True)
class InventoryFile(NamedSource):
    """A file of an inventory; `header` names the columns of one in CSV, and is empty for Parquet."""

    header: str = ""

    def records(self, fields: Fields) -> Iterator[Record]:
        """The newest version of each object, but for those that stand for folders."""
        for position, row in self.rows():
            if not isinstance(row, dict):
                yield position, row
            elif is_newest(row) and not (key := self.key_in(row)).endswith("/"):
                size = row.get("size")
                found = object_item(
                    self.reading, row["bucket"], key, None if size is None else int(size), row.get("etag")
                )
                yield position, found

    def rows(self) -> Iterator[tuple[int | str, dict | Problem | Notice]]:
        """(position, cells by the names of their columns in small letters without underscores)."""
        if self.header:
            names = self.header.lower().replace(" ", "")
            reading = Reading(id="key", data_type="-", text=tuple(names.split(",")))
            with opened(self.uri, self.name, self.s3, "utf-8") as stream:
                pieces = chain([f"{names}\n".encode()], iter(partial(stream.read, BLOCK_BYTES), b""))
                for position, row in read_table(io.BufferedReader(Pieces(pieces)), Fields(reading), ","):
                    yield position - 1 if isinstance(position, int) else position, row
        else:
            with opened_at_random(self.uri, self.name, self.s3) as file:
                for position, row in read_parquet(file, Fields(Reading(id="key", data_type="-"))):
                    yield position, without_underscores(row) if isinstance(row, dict) else row

    def key_in(self, row: dict) -> str:
        """The key; in CSV it is written as in an address."""
        return unquote_plus(row["id"]) if self.header else row["id"]


def without_underscores(row: dict) -> dict:
    return {name.replace("_", ""): value for name, value in row.items()}


def is_newest(row: dict) -> bool:
    """Whether an object is there now; only an inventory of all versions tells, and CSV has it as text."""
    return str(row.get("islatest", True)).lower() == "true" and str(row.get("isdeletemarker", False)).lower() == "false"
