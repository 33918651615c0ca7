"""Files of any format, on this machine or in S3."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Self

from rollcall.errors import InputRefused
from rollcall.intake.compression import ENDINGS
from rollcall.intake.fields import Fields
from rollcall.intake.files import opened, opened_at_random
from rollcall.intake.json_documents import read_json_document
from rollcall.intake.json_lines import read_json_lines
from rollcall.intake.parquet import read_parquet
from rollcall.intake.problems import Record
from rollcall.intake.reading import Reading
from rollcall.intake.tables import read_table

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

DELIMITERS = {"csv": ",", "tsv": "\t"}
NAMES = {".jsonl": "jsonl", ".ndjson": "jsonl"} | {f".{form}": form for form in ("csv", "json", "tsv", "parquet")}


@dataclass(frozen=True)
class NamedSource:
    """What is named by a path or an s3:// address; its `parts` are read one after another."""

    uri: str
    s3: "S3Client | None" = None
    reading: Reading = field(default_factory=Reading)

    @property
    def name(self) -> str:
        return self.uri

    @property
    def named(self) -> Sequence[Self]:
        return [self]


@dataclass(frozen=True)
class FileSource(NamedSource):
    """A local path or s3:// URI, for people `label`; its ending names the format unless the reading does."""

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
        if form == "parquet":
            with opened_at_random(self.uri, self.name, self.s3) as file:
                yield from read_parquet(file, fields)
            return
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
