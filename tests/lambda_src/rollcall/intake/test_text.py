"""A text of any encoding is read, or refused with the line and byte that is none."""

import codecs
import json

import pytest
from tests.lambda_src.rollcall.intake.conftest import FORMATS


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
