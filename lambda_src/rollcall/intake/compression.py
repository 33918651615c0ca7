"""Compressed inputs: gzip, bzip2 and Zstandard, of any number of members one after another."""

import bz2
import zlib
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from rollcall.errors import InputBroken, InputRefused


def zstandard() -> ModuleType | None:
    """Python has it from 3.14 on; before, it is a compiled package that not every machine has."""
    try:
        from compression import zstd  # type: ignore[import-not-found]
    except ImportError:
        try:
            import backports.zstd as zstd
        except ImportError:
            return None
    return zstd


ZSTD = zstandard()
MAX_PIECE = 1024 * 1024  # what is decompressed at once, however much it was compressed
ENDINGS = {".gz": "gzip", ".bz2": "bzip2", ".zst": "zstd"}
MAGIC = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\x28\xb5\x2f\xfd": "zstd"}
# What else a file may be, by how it begins.
OTHERS = {
    b"PK\x03\x04": ("a zip archive or an Excel workbook", "save the sheet as CSV, or unpack the archive"),
    b"\xd0\xcf\x11\xe0": ("an Excel workbook", "save the sheet as CSV"),
    b"PAR1": ("a Parquet file", "let its name end in .parquet, or say --format parquet"),
    b"Obj\x01": ("an Avro file", "write it as CSV or JSON Lines"),
    b"\xfd7zXZ": ("compressed with xz", "compress it with gzip, bzip2 or zstd"),
    b"7z\xbc\xaf": ("a 7z archive", "unpack it"),
    b"%PDF": ("a PDF document", "write it as CSV or JSON Lines"),
}
MAGIC_BYTES = 6


class Gunzip:
    """One member of a gzip file, decompressed as bz2 does it."""

    def __init__(self) -> None:
        self.inner = zlib.decompressobj(wbits=31)

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self.inner.decompress(self.inner.unconsumed_tail + data, max_length)

    @property
    def eof(self) -> bool:
        return self.inner.eof

    @property
    def needs_input(self) -> bool:
        return not self.inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self.inner.unused_data


def decompressed(pieces: Iterator[bytes], name: str) -> Iterator[bytes]:
    """What pieces of a file hold, decompressed if they are compressed, whatever its name.

    Raises InputRefused for a file that is of another kind, or not what its name says, and InputBroken where it breaks
    off or is damaged.
    """
    start = b""
    while len(start) < MAGIC_BYTES and (piece := next(pieces, b"")):
        start += piece
    named = next((kind for ending, kind in ENDINGS.items() if name.lower().endswith(ending)), None)
    kind = kind_of(start)
    if kind == "bzip2" and named != kind and start[4:MAGIC_BYTES] != b"1A":
        kind = None  # a text may begin with these letters too
    if named not in (None, kind):
        raise InputRefused([f"{name}: not a whole {named} file ({beginning(start)}); {pack_again(str(named))}"])
    for magic, (what, cure) in OTHERS.items():
        if start.startswith(magic):
            raise InputRefused([f"{name}: it is {what}; {cure}"])
    if kind is None:
        yield start
        yield from pieces
    else:
        yield from members(start, pieces, kind, maker(kind, name))


def kind_of(start: bytes) -> str | None:
    """How a file is compressed, by how it begins."""
    return next((kind for magic, kind in MAGIC.items() if start.startswith(magic)), None)


def maker(kind: str, name: str) -> Callable[[], Any]:
    if kind == "gzip":
        return Gunzip
    if kind == "bzip2":
        return bz2.BZ2Decompressor
    if ZSTD is None:
        raise InputRefused([f"{name}: Zstandard cannot be read here; compress it with gzip"])
    return ZSTD.ZstdDecompressor


def members(rest: bytes, pieces: Iterator[bytes], kind: str, make: Callable[[], Any]) -> Iterator[bytes]:
    """What the members of a compressed file hold; zeros after the last one are padding."""
    consumed = len(rest)
    while rest:
        member = make()
        try:
            while not member.eof:
                yield member.decompress(rest, MAX_PIECE)
                rest = b""
                if member.needs_input and not member.eof:
                    rest = next(pieces, b"")
                    consumed += len(rest)
                    if not rest:
                        break
            while not member.eof and (last := member.decompress(b"", MAX_PIECE)):
                yield last
        except DAMAGED as error:
            raise InputBroken(
                f"not a whole {kind} file (damaged before byte {consumed:,}: {error})", pack_again(kind)
            ) from error
        if not member.eof:
            raise InputBroken(
                f"not a whole {kind} file (it ends after {consumed:,} bytes, in the middle)", pack_again(kind)
            )
        rest = member.unused_data
        while not rest.strip(b"\0") and (piece := next(pieces, b"")):
            rest = piece
            consumed += len(piece)
        rest = rest.lstrip(b"\0") if kind == "gzip" else rest


# Whatever the three decompressors raise.
DAMAGED: tuple[type[Exception], ...] = (zlib.error, OSError, EOFError, ValueError, *([ZSTD.ZstdError] if ZSTD else []))


def pack_again(kind: str) -> str:
    return f"compress it with {kind} again, and copy all of it"


def beginning(start: bytes) -> str:
    return f"it begins with {start!r}" if start else "it is empty"
