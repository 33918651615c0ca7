"""Every file is taken, or refused with its place, what was found there, and what to do."""

import bz2
import codecs
import gzip
import io
import json
import os
import zlib
from collections.abc import Callable

import boto3
import pytest
from backports import zstd
from botocore.exceptions import ReadTimeoutError, ResponseStreamingError
from botocore.response import StreamingBody
from botocore.stub import Stubber

from rollcall.errors import InputRefused
from rollcall.intake import files
from rollcall.intake.items import read_items
from rollcall.intake.limits import MAX_ITEM_BYTES
from rollcall.intake.reading import Reading
from rollcall.intake.sources import FileSource, SeveralFiles, address_of, source_at, source_of

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


# Compressed files


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
        ("b.jsonl", b"PAR1\x15\x04", "it is a Parquet file; write it as CSV or JSON Lines"),
        ("b.json", b"\xfd7zXZ\0", "it is compressed with xz; compress it with gzip"),
    ],
)
def test_a_file_of_another_kind_is_called_by_its_name(refused, name, content, words):
    assert refused(name, content) == [f"{name}: {words}" + refused(name, content)[0].partition(words)[2]]


# Text


@pytest.mark.parametrize("mark", [codecs.BOM_UTF8])
def test_a_mark_at_the_beginning_is_no_part_of_the_text(read, form, mark):
    assert read(f"b{form}", mark + FORMATS[form].encode())[0]["text"] == "naïve"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_a_mark_tells_the_encoding(read, form, encoding):
    items = read(f"b{form}", FORMATS[form].encode(encoding))
    assert len(items) == 500 and items[-1]["text"] == "naïve"


def test_the_mark_of_utf_16_in_either_order_is_known(read, form):
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        assert read(f"b{form}", mark + FORMATS[form].encode(encoding))[7]["id"] == "7"


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "utf-16-le", "cp037", "mac-roman"])
def test_any_encoding_may_be_named(read, form, encoding):
    items = read(f"b{form}", FORMATS[form].encode(encoding), encoding=encoding)
    assert len(items) == 500 and items[-1]["text"] == "naïve"


@pytest.mark.parametrize("line", [1, 2, 280, 5000])
@pytest.mark.parametrize("name", ["b.csv", "b.jsonl"])
def test_a_byte_that_is_no_text_is_told_with_its_line_and_byte(refused, name, line):
    row = (lambda n: b"%d,x,ab\n" % n) if name == "b.csv" else (lambda n: b'{"id":"%d","data_type":"x"}\n' % n)
    rows = [b"id,data_type,t\n"] if name == "b.csv" else [row(-1)]
    rows += [row(n) for n in range(6000)]
    rows[line - 1] = rows[line - 1].replace(b"\n", b"caf\xe9\n")
    place = rows[line - 1].index(b"\xe9") + 1
    (problem,) = refused(name, b"".join(rows))
    assert f"{name} line {line}: byte 0xE9, byte {place} of the line, is not UTF-8; save the file as UTF-8" in problem
    assert "--encoding" in problem


def test_a_million_lines_of_another_encoding_are_told_once(refused):
    (problem,) = refused("b.csv", b"id,data_type,t\n" + b"".join(b"%d,x,caf\xe9\n" % n for n in range(5000)))
    assert problem.endswith("(and 4,999 more: line 3, line 4, line 5, …)")


def test_a_byte_that_is_no_text_in_a_document_is_told_with_its_line(refused):
    document = b'[\n{"id": "a", "data_type": "x"},\n{"id": "b", "t": "caf' + b'\xe9"}]'
    (problem,) = refused("b.json", document)
    assert "b.json line 3: byte 0xE9, byte 22 of the line, is not UTF-8" in problem
    assert problem.endswith("; nothing after this place was read")


def test_a_byte_that_the_named_encoding_lacks_is_told_with_its_place(refused):
    content = b"id,data_type,t\na,x,y\nb,x,\x81\n"
    (problem,) = refused("b.csv", content, encoding="cp1252")
    assert (
        f"b.csv after line 2: byte 0x81, byte {content.index(0x81) + 1} of the text, cannot be read as cp1252"
        in problem
    )
    content = "id,data_type\n".encode("utf-16") + b"\x00\xd8"
    assert "cannot be read as utf-16" in refused("b.csv", content)[-1]


def test_utf_16_without_a_mark_is_recognised(refused):
    assert "it looks like UTF-16: say --encoding utf-16" in refused("b.jsonl", '{"id": "é"}\n'.encode("utf-16-le"))[0]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_of_a_table_may_end_in_every_way(read, end):
    text = "id,data_type,t\na,x,1\n\nb,x,2".replace("\n", end)
    assert [item["t"] for item in read("b.csv", text.encode())] == [1, 2]


@pytest.mark.parametrize("character", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\x1e"])
def test_only_line_ends_end_lines(read, refused, character):
    assert read("b.csv", f"id,data_type,t\na,x,1{character}2\n".encode())[0]["t"] == f"1{character}2"
    problem = refused("b.csv", f"id,data_type,t\na,x,1{character}2\nb,x\n".encode())[0]
    assert "line 3: 2 cells where the header has 3" in problem
    record = json.dumps({"id": "a", "data_type": "x", "t": character}, ensure_ascii=False)
    assert "line 2: not valid JSON" in refused("b.jsonl", f"{record if character > ' ' else '{}'}\n?\n".encode())[-1]


# Tables


def test_a_cell_may_be_longer_than_the_csv_module_allows(read):
    for length in (131_072, 131_073, 200_000, 1_000_000):
        (item,) = read("b.csv", b"id,data_type,t\na,x," + b"t" * length + b"\n")
        assert len(item["t"]) == length


@pytest.mark.parametrize(
    "content",
    [
        "id,data_type,,\na,x,,\nb,x,,\n",
        "id,data_type\na,x,,,\nb,x\n",
        ",id,data_type\n,a,x\n,b,x\n",
        "\n,,\nid,data_type\n\na,x\n,\nb,x\n,,,\n\n",
        "id,data_type, \na,x,\nb,x,\n",
    ],
)
def test_what_a_spreadsheet_leaves_behind_is_ignored(read, content):
    assert read("b.csv", content.encode()) == [{"id": "a", "data_type": "x"}, {"id": "b", "data_type": "x"}]


def test_a_cell_below_no_name_is_refused(refused):
    (problem,) = refused("b.csv", b"id,data_type,,\na,x,,\nb,x,,7\nc,x,,8\n")
    assert "line 3: cell '7' stands in a column without a name; name it in the header (and 1 more: line 4)" in problem


def test_the_line_of_a_row_of_several_lines_is_where_it_begins(refused):
    found = refused("b.csv", b'id,data_type,t\na,x,"1\n2\n3"\n,x,"4\n5"\nc,x\n')
    assert "line 5: no usable" in found[0] and "line 7: 2 cells" in found[1]


def test_a_quote_that_is_never_closed_is_told_where_it_opens(refused):
    (problem,) = refused("b.csv", b'id,data_type,t\na,x,1\nb,x,"2\n' + b"c,x,3\n" * 1000)
    assert "line 3: a quote that opens here is never closed; close or double it; nothing after this line" in problem


def test_quotes_in_the_middle_of_a_quoted_cell_are_told_with_their_line(refused):
    (problem,) = refused("b.csv", b'id,data_type,t\na,x,"1"\nb,x,"2"3"\nc,x,4\n')
    assert "line 3: not valid CSV (',' expected after '\"'); double the quotes" in problem


# Sizes


def record_of(size: int, quote: bool = True) -> bytes:
    start, end = b'{"id":"a","data_type":"x","t":"', b'"}'
    return start + b"t" * (size - len(start) - len(end)) + end


@pytest.mark.parametrize(
    ("before", "after", "name"), [(b"", b"\n", "b.jsonl"), (b"", b"", "b.jsonl"), (b"[", b"]", "b.json")]
)
def test_an_item_of_ten_megabytes_is_taken_and_a_larger_one_refused(read, refused, before, after, name):
    assert len(read(name, before + record_of(MAX_ITEM_BYTES) + after)) == 1
    (problem,) = refused(name, before + record_of(MAX_ITEM_BYTES + 1) + after)
    assert "line 1: an item of more than 10 MB; put what is large into S3, and its address into the item" in problem


def test_lines_after_one_that_is_too_large_are_read(refused):
    found = refused("b.jsonl", record_of(3 * MAX_ITEM_BYTES) + b"\nnonsense\n")
    assert "line 1: an item of more" in found[0] and "line 2: not valid JSON" in found[1]


def test_a_row_of_more_than_ten_megabytes_is_refused_and_the_next_is_read(refused):
    row = b"a,x," + b"t" * 6_000_000 + b"," + b"u" * 6_000_000 + b"\n"
    found = refused("b.csv", b"id,data_type,t,u\n" + row + b"b,x\n")
    assert "line 2: an item of more than 10 MB" in found[0] and "line 3: 2 cells" in found[1]
    row = b'a,x,"' + b"t\n" * 6_000_000 + b'"\n'
    assert "line 2: a cell of more than 10 MB begins here" in refused("b.csv", b"id,data_type,t\n" + row)[-1]


# Documents


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("", "top level: neither an array of items nor"),
        ("5", "top level: neither an array"),
        (
            '[\n{"id": "a", "data_type": "x"},\n{"id" "b"}]',
            "line 3: not valid JSON (Expecting ':' delimiter at column 7)",
        ),
        ('[{"id": "a", "data_type": "x"}', "line 1: not valid JSON (Expecting ',' or ']' at column 31)"),
        ('[{"id": "a", "data_type": "x"}]\n[]', "line 2: not valid JSON (Extra data at column 1)"),
        ('{"id": "a"}\n{"id": "b"}', "say --format jsonl"),
        ('{"requests": [], "requests": []}', "line 1: key 'requests' stands twice in one object"),
        ('{"requests": [], requests: []}', "line 1: not valid JSON (Expecting a name in quotes at column 18)"),
        ('{"requests": {}}', 'nor an object with "requests": [items]'),
        ('{"requests": [], "length": 1e400}', "line 1: the number 1e400 is beyond"),
        ("[,]", "line 1: not valid JSON (Expecting value at column 2)"),
        ('[{"id": "a", "data_type": "x"},]', "line 1: not valid JSON (Expecting value at column 32)"),
    ],
)
def test_what_is_wrong_with_a_document_is_told_with_line_and_column(refused, document, words):
    assert any(words in problem for problem in refused("b.json", document.encode()))


def test_a_document_is_read_right_wherever_its_blocks_end(read, monkeypatch):
    text = json.dumps([{"id": str(n), "data_type": "x", "v": n * 1.5, "t": 'é\\"😀'} for n in range(200)], indent=1)
    for size in (1, 2, 3, 7, 64, 1000):
        monkeypatch.setattr("rollcall.intake.json_documents.BLOCK_BYTES", size)
        monkeypatch.setattr(files, "BLOCK_BYTES", size)
        assert read("b.json", text.encode()) == json.loads(text)


# Files and objects


def test_a_path_with_a_colon_is_a_path(read):
    assert len(read("a:b.jsonl", LINES[0].encode())) == 1
    assert len(read("s3:x.jsonl", LINES[0].encode())) == 1


@pytest.mark.parametrize("name", ["nothing.jsonl", "folder.jsonl", "x" * 300 + ".jsonl", "a\0b.jsonl"])
def test_what_cannot_be_opened_is_refused_by_name(tmp_path, name):
    (tmp_path / "folder.jsonl").mkdir()
    with pytest.raises(InputRefused, match="cannot be read .*; name another file, or see to this one"):
        list(read_items(FileSource(str(tmp_path / name))))


def test_several_files_are_one_input_and_an_id_stands_in_one_of_them(tmp_path):
    for name, content in (
        ("a.csv", "id,data_type\na,x\nb,x\n"),
        ("b.jsonl", '{"id":"c","data_type":"x"}\n{"id":"a","data_type":"x"}\n'),
    ):
        (tmp_path / name).write_text(content)
    several = SeveralFiles([FileSource(str(tmp_path / name)) for name in ("a.csv", "b.jsonl")])
    with pytest.raises(InputRefused) as refused:
        list(read_items(several))
    (problem,) = refused.value.problems
    assert problem.startswith(f"{tmp_path}/b.jsonl line 2: id 'a' stands already at {tmp_path}/a.csv line 2")


class Body(io.BytesIO):
    """A body that breaks off after so many bytes."""

    def __init__(self, content: bytes, breaks_after: int, error: Exception):
        super().__init__(content)
        self.left, self.error = breaks_after, error

    def read(self, amount: int = -1) -> bytes:
        if self.left <= 0:
            raise self.error
        data = super().read(min(amount, self.left))
        self.left -= len(data)
        return data


class Breaking:
    """Stands for S3 at the one call that reads an object: each answer breaks off after some bytes."""

    def __init__(self, content: bytes, breaks_after: int, error: Exception):
        self.content, self.breaks_after, self.error = content, breaks_after, error
        self.asked: list[dict] = []

    def get_object(self, Bucket: str, Key: str, **more) -> dict:
        self.asked.append(more)
        start = int(more["Range"].removeprefix("bytes=").removesuffix("-")) if more else 0
        return {"ETag": '"1"', "Body": Body(self.content[start:], self.breaks_after, self.error)}


TROUBLES = [
    ReadTimeoutError(endpoint_url="s3", error=None),
    ResponseStreamingError(error="IncompleteRead"),
    ConnectionResetError(104, "Connection reset by peer"),
]


@pytest.mark.parametrize("error", TROUBLES, ids=lambda error: type(error).__name__)
def test_an_object_is_read_on_where_the_connection_broke(error):
    content = FORMATS[".jsonl"].encode()
    s3 = Breaking(content, 9999, error)
    assert len(list(read_items(FileSource("s3://b/k.jsonl", s3)))) == 500
    assert s3.asked[1] == {"IfMatch": '"1"', "Range": "bytes=9999-"}


@pytest.mark.parametrize("error", TROUBLES, ids=lambda error: type(error).__name__)
def test_an_object_that_breaks_off_again_and_again_is_refused(error):
    s3 = Breaking(FORMATS[".jsonl"].encode(), 0, error)
    with pytest.raises(InputRefused, match="after line 0: S3 broke off 5 times after 0 bytes .*; submit it again"):
        list(read_items(FileSource("s3://b/k.jsonl", s3)))


@pytest.mark.parametrize(
    ("code", "status", "cure"),
    [
        ("NoSuchBucket", 404, "name an object that exists"),
        ("InvalidObjectState", 403, "it is archived: restore it"),
        ("PreconditionFailed", 412, "it was replaced while it was read"),
        ("PermanentRedirect", 301, "its bucket lies in another Region"),
        ("KMS.DisabledException", 400, "its KMS key is disabled"),
        ("InvalidRequest", 400, "it is encrypted with a key of the customer"),
    ],
)
def test_what_s3_refuses_for_good_is_refused_with_its_cure(code, status, cure):
    s3 = boto3.client("s3")
    with Stubber(s3) as stub:
        stub.add_client_error("get_object", service_error_code=code, http_status_code=status)
        with pytest.raises(InputRefused, match=f"cannot be read .{code}.; {cure}"):
            list(read_items(FileSource("s3://books/b.jsonl", s3)))


@pytest.mark.parametrize(("code", "status"), [("SlowDown", 503), ("InternalError", 500), ("ExpiredToken", 400)])
def test_what_is_the_moments_fault_or_the_callers_refuses_no_input(code, status):
    s3 = boto3.client("s3")
    with Stubber(s3) as stub:
        stub.add_client_error("get_object", service_error_code=code, http_status_code=status)
        with pytest.raises(s3.exceptions.ClientError, match=code):
            list(read_items(FileSource("s3://books/b.jsonl", s3)))


@pytest.mark.parametrize("uri", ["s3://b/.jsonl", "s3:///k.jsonl", "s3://a b/k.jsonl", "S3://x/k.jsonl"])
def test_an_address_that_is_none_is_refused(uri):
    s3 = boto3.client("s3")
    with Stubber(s3) as stub:
        stub.add_client_error("get_object", service_error_code="NoSuchKey", http_status_code=404)
        with pytest.raises(
            InputRefused, match="cannot be read|not the address of an object; write s3://BUCKET/KEY|cannot tell"
        ):
            list(read_items(FileSource(uri, s3)))


@pytest.mark.parametrize("packed", [gzip.compress(b"x" * 5000, mtime=0)[:-9], b"id,data_type\n"])
def test_a_broken_object_is_refused_as_a_broken_file_is(cloud, packed):
    cloud.s3.put_object(Bucket=cloud.bucket, Key="b.csv.gz", Body=packed)
    with pytest.raises(InputRefused, match="not a whole gzip file"):
        list(read_items(FileSource(f"s3://{cloud.bucket}/b.csv.gz", cloud.s3)))


def test_several_objects_and_how_to_read_them_are_one_address_for_calculations(cloud):
    for name in ("a", "b"):
        cloud.s3.put_object(Bucket=cloud.bucket, Key=f"{name}.csv", Body=f"nr,price\n{name},1\n".encode())
    uris = [f"s3://{cloud.bucket}/{name}.csv" for name in ("a", "b")]
    reading = {"id": "nr", "data_type": "x", "rename": {"spot": "price"}}
    source = source_of({"uris": uris, "reading": reading}, cloud.s3)
    address = address_of(source, "jobs/j/runs/1/", cloud.bucket, cloud.s3)
    items = list(read_items(source_at(address, cloud.s3)))
    assert items == list(read_items(source)) == [{"id": n, "data_type": "x", "spot": 1} for n in ("a", "b")]


def test_one_object_that_needs_no_words_is_its_own_address(cloud):
    source = source_of({"uri": "s3://b/k.jsonl"}, cloud.s3)
    assert address_of(source, "jobs/j/", cloud.bucket, cloud.s3) == "s3://b/k.jsonl" == source_at("s3://b/k.jsonl").name


def test_each_object_below_a_prefix_is_an_item(cloud):
    for n in range(1200):
        cloud.s3.put_object(Bucket=cloud.bucket, Key=f"scans/{n:04d}.png", Body=b"x" * (n % 3))
    for key in ("scans/", "scans/old/", "scans2/a.png", "scan"):
        cloud.s3.put_object(Bucket=cloud.bucket, Key=key, Body=b"")
    source = source_of({"uri": f"s3://{cloud.bucket}/scans/", "reading": {"data_type": "scan"}}, cloud.s3)
    items = list(read_items(source))
    assert [item["id"] for item in items] == [f"scans/{n:04d}.png" for n in range(1200)]
    tag = cloud.s3.head_object(Bucket=cloud.bucket, Key="scans/0002.png")["ETag"].strip('"')
    uri = f"s3://{cloud.bucket}/scans/0002.png"
    assert items[2] == {"id": "scans/0002.png", "uri": uri, "size": 2, "etag": tag, "data_type": "scan"}
    address = address_of(source, "jobs/j/runs/1/", cloud.bucket, cloud.s3)
    assert list(read_items(source_at(address, cloud.s3))) == items


@pytest.mark.parametrize(
    ("prefix", "words"),
    [
        ("nothing/", "there is no object below it; name a prefix that has some"),
        ("long/", 'object 1: no usable "id" .*up to 256 characters'),
        ("scans/", "object 1: item 'scans/a.png' has no usable \"data_type\" .*--data-type TYPE for all"),
    ],
)
def test_a_prefix_that_cannot_be_items_is_refused(cloud, prefix, words):
    for key in ("scans/a.png", "long/" + "x" * 300):
        cloud.s3.put_object(Bucket=cloud.bucket, Key=key, Body=b"")
    said = {} if prefix == "scans/" else {"reading": {"data_type": "x"}}
    with pytest.raises(InputRefused, match=words):
        list(read_items(source_of({"uri": f"s3://{cloud.bucket}/{prefix}", **said}, cloud.s3)))
    with pytest.raises(InputRefused, match="cannot be read .NoSuchBucket."):
        list(read_items(source_of({"uri": f"s3://no-such-bucket/{prefix}"}, cloud.s3)))


@pytest.mark.parametrize("uri", ["/etc/passwd.csv", "book.csv", "file:///a.csv", "http://x/a.csv"])
def test_a_request_may_not_name_a_file_of_the_function(uri):
    with pytest.raises(InputRefused, match="not an s3:// address; upload it"):
        source_of({"uri": uri}, None)


def test_a_streaming_body_of_botocore_is_what_is_read():
    s3 = boto3.client("s3")
    body = LINES[0].encode()
    with Stubber(s3) as stub:
        answer = {"Body": StreamingBody(io.BytesIO(body), len(body)), "ETag": '"1"'}
        stub.add_response("get_object", answer, {"Bucket": "b", "Key": "k.jsonl"})
        assert len(list(read_items(FileSource("s3://b/k.jsonl", s3)))) == 1
