"""Text of any encoding as UTF-8, which is what the readers of all formats read."""

import codecs
from collections.abc import Iterator
from itertools import chain

from rollcall.errors import InputBroken
from rollcall.intake.problems import Problem

BOM = "\ufeff"
# What begins a file and names its encoding; the longer ones first, since they begin as the shorter ones do.
MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
LONGEST_MARK = 4
NAME_IT = "save the file as UTF-8, or name its encoding with --encoding (cp1252, latin-1, utf-16, …)"


def known_encoding(name: str) -> str | None:
    """The codec's own name of a text encoding; None if there is none of this name."""
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    return found.name if found._is_text_encoding else None


def as_utf8(pieces: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """The same text in UTF-8 without a mark at its beginning; raises InputBroken at the first byte that is no text.

    Without an encoding named, the mark tells it; where there is none, bytes pass as they are.
    """
    start = b""
    for piece in pieces:
        start += piece
        if len(start) >= LONGEST_MARK:
            break
    mark = next((mark for mark in MARKS if start.startswith(mark)), b"")
    encoding = known_encoding(encoding or MARKS.get(mark, "utf-8")) or "utf-8"
    if encoding in ("utf-8", "utf-8-sig"):
        yield start.removeprefix(codecs.BOM_UTF8)
        yield from pieces
    else:
        yield from transcoded(chain([start] if start else [], pieces), encoding)


def transcoded(pieces: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)()
    consumed = 0
    for piece in chain(pieces, [b""]):
        try:
            yield decoder.decode(piece, not piece).encode()
        except UnicodeDecodeError as error:
            bad = len(piece) - len(error.object) + error.start  # counted in this piece
            yield decoder.decode(piece[: max(bad, 0)]).encode("utf-8", "ignore")
            raise InputBroken(
                f"byte 0x{error.object[error.start]:02X}, byte {consumed + bad + 1:,} of the text, "
                f"cannot be read as {encoding}",
                NAME_IT,
            ) from error
        except UnicodeError as error:
            raise InputBroken(f"the text cannot be read as {encoding}", NAME_IT) from error
        consumed += len(piece)


def not_utf8(byte: int, place: int, nul: bool = False) -> Problem:
    """The problem of a line with a byte that is not UTF-8; `place` counts the line's bytes from 1."""
    cure = "it looks like UTF-16: say --encoding utf-16" if nul else NAME_IT
    return Problem(f"byte 0x{byte:02X}, byte {place:,} of the line, is not UTF-8", cure, "not UTF-8")
