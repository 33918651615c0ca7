"""Inputs of every format, compressed in every way."""

import bz2
import gzip
import json
from collections.abc import Callable

import pytest
from backports import zstd

from rollcall.errors import InputRefused
from rollcall.intake.items import read_items
from rollcall.intake.reading import Reading
from rollcall.intake.sources import FileSource

LINES = [json.dumps({"id": str(n), "data_type": "x", "text": "naïve"}, ensure_ascii=False) for n in range(500)]
FORMATS = {
    ".jsonl": "".join(f"{line}\n" for line in LINES),
    ".json": f"[{','.join(LINES)}]",
    ".csv": "id,data_type,text\n" + "".join(f"{n},x,naïve\n" for n in range(500)),
    ".tsv": "id\tdata_type\ttext\n" + "".join(f"{n}\tx\tnaïve\n" for n in range(500)),
}
CHECKED = {zstd.CompressionParameter.checksum_flag: 1}
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".zst": lambda data: zstd.compress(data, options=CHECKED),
}
NAMES = {".gz": "gzip", ".bz2": "bzip2", ".zst": "zstd"}


@pytest.fixture(params=FORMATS)
def form(request) -> str:
    return request.param


@pytest.fixture(params=PACKERS)
def packing(request) -> str:
    return request.param


@pytest.fixture
def read(tmp_path):
    """read(name, bytes, what is said of it): the items of such a file."""

    def do(name: str, content: bytes, **said) -> list[dict]:
        (tmp_path / name).write_bytes(content)
        return list(read_items(FileSource(str(tmp_path / name), reading=Reading(**said))))

    return do


@pytest.fixture
def refused(read):
    """What a file is refused with, a line each, without the folder's name."""

    def do(name: str, content: bytes, **said) -> list[str]:
        with pytest.raises(InputRefused) as error:
            read(name, content, **said)
        return [problem[problem.index(name) :] for problem in error.value.problems]

    return do
