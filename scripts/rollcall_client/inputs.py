"""The input of a job as it is named: local files, S3 objects, standard input; read here, and uploaded."""

import gzip
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from rollcall.intake.compression import ENDINGS, MAGIC_BYTES, decompressed, kind_of
from rollcall.intake.files import blocks, is_in_s3, open_bytes, opened
from rollcall.intake.reading import INVENTORY, Reading
from rollcall.intake.sources import Files, FileSource, Single, at, files_of
from rollcall_client.environment import Environment
from rollcall_client.errors import CommandError

STANDARD_INPUT = "-"
PARQUET = b"PAR1"


@contextmanager
def named(env: Environment | None, sources: Sequence[str], reading: Reading) -> Iterator[Files]:
    """What the names stand for: paths, s3:// addresses, or - for standard input; `env` is needed for S3 alone.

    What can be read only once is copied, for as long as the input is in use. Raises CommandError for a file that is
    not there.
    """
    if sources.count(STANDARD_INPUT) > 1:
        raise CommandError("standard input can be read only once; name - once")
    with TemporaryDirectory(prefix="rollcall-") as folder:
        yield files_of([file_of(env, source, reading, Path(folder) / str(n)) for n, source in enumerate(sources, 1)])


def file_of(env: Environment | None, source: str, reading: Reading, folder: Path) -> Single:
    if is_in_s3(source):
        return at(source, env.client("s3") if env else None, reading)
    if reading.format == INVENTORY:
        raise CommandError(f"{source}: an inventory lies in S3; name the s3:// address of its manifest.json")
    if source == STANDARD_INPUT:
        return copied(sys.stdin.buffer, "standard input", "stdin", reading, folder)
    path = Path(source)
    if path.is_file():
        return FileSource(source, None, reading)
    if path.is_dir() or not path.exists():
        raise CommandError(f"{source}: no such file; name a .jsonl, .csv or .json file, or an s3:// address")
    with path.open("rb") as stream:
        return copied(stream, source, path.name, reading, folder)


def copied(stream: BinaryIO, label: str, name: str, reading: Reading, folder: Path) -> FileSource:
    """A copy of what can be read only once, under a name that tells its format, looked up in it if it has none."""
    folder.mkdir()
    path = folder / name
    with path.open("wb") as copy:
        shutil.copyfileobj(stream, copy)
    source = FileSource(str(path), None, reading, label)
    if source.known_format is None:
        path = path.rename(folder / f"{name}.{guessed_format(source)}")
    return FileSource(str(path), None, reading, label)


def guessed_format(source: FileSource) -> str:
    """The format a file seems to have, by how it begins."""
    with open_bytes(source.uri, source.name, None) as raw:
        if raw.read(len(PARQUET)) == PARQUET:
            return "parquet"
    with opened(source.uri, source.name, None, source.reading.encoding) as stream:
        first = next((line for line in iter(lambda: stream.readline(1_000_000), b"") if line.strip()), b"").strip()
    if first.startswith(b"["):
        return "json"
    if first.startswith(b"{"):
        return "jsonl" if first.endswith(b"}") and b'"requests"' not in first else "json"
    return "tsv" if b"\t" in first and b"," not in first else "csv"


def request_id(source: Files) -> str | None:
    """The requestId of a {"requestId", "requests"} file: the submitter's own name for the job."""
    if not isinstance(source, FileSource) or source.known_format != "json":
        return None
    found = source.members().get("requestId")
    return None if found is None else str(found)


def is_local(source: Files) -> bool:
    return not all(is_in_s3(each.uri) for each in source.named)


def as_request(env: Environment, source: Files, job_id: str) -> dict:
    """The "input" of a job's request, its local files having been uploaded."""
    several = len(source.named) > 1
    folders = [f"inputs/{job_id}/{n}" if several else f"inputs/{job_id}" for n in range(1, len(source.named) + 1)]
    uris = [uploaded(env, each, folder) for each, folder in zip(source.named, folders, strict=True)]
    reading = source.reading.as_json()
    return {**({"uris": uris} if several else {"uri": uris[0]}), **({"reading": reading} if reading else {})}


def uploaded(env: Environment, file: Single, folder: str) -> str:
    if is_in_s3(file.uri):
        return file.uri
    path = Path(file.uri)
    with TemporaryDirectory(prefix="rollcall-") as temporary:
        if path.suffix.lower() == ".zst" or starts_as_zstd(path):
            path = as_gzip(path, Path(temporary))
        key = f"{folder}/{printable(path.name)}"
        env.client("s3").upload_file(str(path), env.deployment.bucket, key)
    return f"s3://{env.deployment.bucket}/{key}"


def starts_as_zstd(path: Path) -> bool:
    with path.open("rb") as stream:
        return kind_of(stream.read(MAGIC_BYTES)) == "zstd"


def as_gzip(path: Path, folder: Path) -> Path:
    """The same in gzip: a function on AWS has no Zstandard."""
    name = path.name[: -len(path.suffix)] if path.suffix.lower() in ENDINGS else path.name
    packed = folder / f"{name}.gz"
    with open_bytes(str(path), path.name, None) as raw, gzip.open(packed, "wb", compresslevel=1) as target:
        for piece in decompressed(blocks(raw, path.name), path.name):
            target.write(piece)
    return packed


def printable(name: str) -> str:
    """A file's name as part of an object's key, which is UTF-8 without control characters."""
    return "".join(each if each.isprintable() else "_" for each in name)
