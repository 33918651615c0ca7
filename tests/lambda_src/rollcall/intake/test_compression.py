"""A compressed file is read to its end, or refused with what it is and what to do."""

import gzip
import os
import zlib

import pytest
from tests.lambda_src.rollcall.intake.conftest import FORMATS, NAMES, PACKERS


def test_every_format_may_be_compressed_in_every_way_and_in_several_members(read, form, packing):
    text = FORMATS[form].encode()
    pack = PACKERS[packing]
    assert len(read(f"b{form}{packing}", pack(text))) == 500
    assert len(read(f"b{form}{packing}", b"".join(pack(text[n : n + 999]) for n in range(0, len(text), 999)))) == 500
    assert len(read(f"b{form}{packing.upper()}", pack(text))) == 500
    assert len(read(f"b{form}", pack(text))) == 500  # compressed, whatever its name


def test_an_empty_member_and_padding_change_nothing(read):
    text = FORMATS[".jsonl"].encode()
    packed = gzip.compress(b"") + gzip.compress(text) + gzip.compress(b"") + b"\0" * 700
    assert len(read("b.jsonl.gz", packed)) == 500


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_half_a_compressed_file_is_refused(refused, form, packing, share):
    packed = PACKERS[packing](FORMATS[form].encode())
    problem = refused(f"b{form}{packing}", packed[: int(len(packed) * share)])[-1]
    assert f"not a whole {NAMES[packing]} file (it ends after " in problem
    assert f"bytes, in the middle); compress it with {NAMES[packing]} again, and copy all of it" in problem


@pytest.mark.parametrize("content", [b"", b"id,data_type\na,x\n", b"\x1f", b"BZ", b"PK\x03\x04rest", b"\x28\xb5\x2f"])
def test_what_is_named_as_compressed_and_is_not_is_refused(refused, packing, content):
    (problem,) = refused(f"b.csv{packing}", content)
    assert f"b.csv{packing}: not a whole {NAMES[packing]} file (it " in problem and "compress it with" in problem


def test_damage_inside_of_a_compressed_file_is_refused(refused, form, packing):
    packed = bytearray(PACKERS[packing](FORMATS[form].encode()))
    packed[len(packed) // 2 : len(packed) // 2 + 8] = b"\xff" * 8
    assert f"not a whole {NAMES[packing]} file (" in refused(f"b{form}{packing}", bytes(packed))[-1]


def test_a_wrong_checksum_and_what_follows_the_end_are_refused(refused):
    packed = bytearray(gzip.compress(FORMATS[".csv"].encode()))
    packed[-6] ^= 1
    assert "not a whole gzip file (damaged" in refused("b.csv.gz", bytes(packed))[-1]
    assert "not a whole gzip file (" in refused("b.csv.gz", gzip.compress(b"id,data_type\n") + b"id,data_type")[-1]


def test_what_was_read_before_a_file_breaks_off_is_checked_too_and_the_place_is_right(refused):
    text = b"".join(
        b'{"id":"%d","data_type":"x","noise":"%s"}\n' % (n, os.urandom(200).hex().encode()) for n in range(99)
    )
    packed = gzip.compress(b"nonsense\n" + text, compresslevel=0)
    first, last = refused("b.jsonl.gz", packed[: len(packed) // 2])
    assert "line 1: not valid JSON" in first
    lines = zlib.decompressobj(31).decompress(packed[: len(packed) // 2]).count(b"\n")
    assert f"b.jsonl.gz after line {lines}: not a whole gzip file" in last


def test_a_line_of_a_hundred_megabytes_in_a_small_file_is_refused(refused):
    bomb = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = b"".join(bomb.compress(b"0" * 1_000_000) for _ in range(100)) + bomb.flush()
    (problem,) = refused("b.jsonl.gz", packed)
    assert "line 1: an item of more than 10 MB; put what is large into S3" in problem


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("b.csv", b"PK\x03\x04\x14\0", "it is a zip archive or an Excel workbook; save the sheet as CSV"),
        ("b.csv", b"\xd0\xcf\x11\xe0\xa1\xb1", "it is an Excel workbook; save the sheet as CSV"),
        ("b.jsonl", b"PAR1\x15\x04", "it is a Parquet file; let its name end in .parquet, or say --format parquet"),
        ("b.json", b"\xfd7zXZ\0", "it is compressed with xz; compress it with gzip"),
    ],
)
def test_a_file_of_another_kind_is_called_by_its_name(refused, name, content, words):
    assert refused(name, content) == [f"{name}: {words}" + refused(name, content)[0].partition(words)[2]]
