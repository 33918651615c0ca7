"""Files as they get broken on their way: from a seed, the same on every machine."""

import bz2
import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from backports import zstd

ENCODINGS = ("latin-1", "cp1252", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "cp037", "shift_jis")
TEXTS = ("plain", "naïve", "名前", "😀", "a,b", 'say "so"', "two\nlines", "", " ", "0.10", "1E5", "x\u2028y", "\\")
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": lambda content: gzip.compress(content, mtime=0),
    ".bz2": bz2.compress,
    ".zst": zstd.compress,
}
WRONG_NAMES = (".csv", ".jsonl", ".json", ".tsv", ".csv.gz", ".jsonl.zst", ".json.bz2")


@dataclass(frozen=True)
class Broken:
    """A file: the ending it has and the one it should have, its bytes, and those from before it was broken."""

    ending: str
    kind: str
    content: bytes
    whole: bytes


def broken_file(seed: int) -> Broken:
    random = Random(seed)
    kind = random.choice(list(WRITERS))
    whole = WRITERS[kind](random, random.randrange(40))
    content = whole
    for _ in range(random.choice((0, 1, 1, 1, 2, 3))):
        content = random.choice(BREAKERS)(random, content)
    packing = random.choice(("", "", "", *PACKERS))
    packed = PACKERS[packing](content)
    if packing and random.random() < 0.5:
        packed = random.choice((truncate, flip, splice))(random, packed)
    ending = random.choice(WRONG_NAMES) if random.random() < 0.1 else kind + packing
    return Broken(ending, kind, packed, whole)


def records(random: Random, count: int) -> list[dict]:
    return [
        {"id": f"i{n}", "data_type": "x", "text": random.choice(TEXTS), "v": random.choice((n, n / 8, -1.5e-7))}
        for n in range(count)
    ]


def json_lines(random: Random, count: int) -> bytes:
    ascii_only = random.random() < 0.5
    return "".join(json.dumps(each, ensure_ascii=ascii_only) + "\n" for each in records(random, count)).encode()


def json_array(random: Random, count: int) -> bytes:
    return json.dumps(records(random, count), indent=random.choice((None, 1)), ensure_ascii=False).encode()


def request(random: Random, count: int) -> bytes:
    return json.dumps({"requestId": "r", "requests": records(random, count), "length": count}).encode()


def table(random: Random, count: int, delimiter: str = ",") -> bytes:
    end = random.choice(("\n", "\r\n"))
    rows = [["id", "data_type", "text", "v"]]
    rows += [[each["id"], "x", each["text"], str(random.randrange(99))] for each in records(random, count)]
    return "".join(delimiter.join(map(quoted, row)) + end for row in rows).encode()


def tabs(random: Random, count: int) -> bytes:
    return table(random, count, "\t")


def quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if any(mark in cell for mark in ',"\n\t') else cell


def truncate(random: Random, content: bytes) -> bytes:
    return content[: random.randrange(len(content) + 1)]


def flip(random: Random, content: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(random.choice((1, 1, 3, 20))):
        if changed:
            changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def splice(random: Random, content: bytes) -> bytes:
    """A piece of it, of another file, or of noise, put in or in place of another."""
    other = WRITERS[random.choice(list(WRITERS))](random, 5)
    begin = random.randrange(len(content) + 1)
    piece = random.choice((content, other, random.randbytes(30), b"\0" * 8, b'"', b"\n", b"\r", b"{[" * 60, b"1e400"))
    cut = random.randrange(len(piece) + 1)
    return content[:begin] + piece[cut : cut + 80] + content[begin + random.choice((0, 0, 5, 200)) :]


def reencode(random: Random, content: bytes) -> bytes:
    return content.decode("utf-8", "replace").encode(random.choice(ENCODINGS), "replace")


def interleave(random: Random, content: bytes) -> bytes:
    """Its lines among those of another file, as when two programs write into one."""
    other = WRITERS[random.choice(list(WRITERS))](random, 10)
    lines = [*content.splitlines(keepends=True), *other.splitlines(keepends=True)]
    return b"".join(sorted(lines, key=lambda _: random.random()))


WRITERS: dict[str, Callable[[Random, int], bytes]] = {
    ".jsonl": json_lines,
    ".json": json_array,
    ".csv": table,
    ".tsv": tabs,
}
WRITERS[".json"] = lambda random, count: random.choice((json_array, request))(random, count)
BREAKERS = (truncate, flip, splice, reencode, interleave)
