"""Prefixes of S3: what lies below one is items, or files of items."""

import gzip

import pytest

from rollcall.errors import InputRefused
from rollcall.intake.items import read_items
from rollcall.intake.problems import MAX_PROBLEMS, Tally
from rollcall.intake.sources import address_of, source_at, source_of


@pytest.fixture
def below(cloud):
    """below(prefix, {key: body}, what is said of reading it): the source of a prefix that has these objects."""

    def do(prefix: str, objects: dict[str, bytes], **reading):
        for key, body in objects.items():
            cloud.s3.put_object(Bucket=cloud.bucket, Key=prefix + key, Body=body)
        return source_of({"uri": f"s3://{cloud.bucket}/{prefix}", "reading": reading}, cloud.s3)

    return do


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


def test_a_key_tells_the_data_type_of_its_item(below):
    source = below("lake/", {"equity/1.bin": b"", "bond/2.bin": b""}, data_type_from_key="lake/([^/]+)/")
    assert {item["id"]: item["data_type"] for item in read_items(source)} == {
        "lake/bond/2.bin": "bond",
        "lake/equity/1.bin": "equity",
    }


def test_a_key_that_tells_no_data_type_is_refused_by_name(below):
    source = below("lake/", {"equity/1.bin": b"", "2.bin": b"", "3.bin": b""}, data_type_from_key="lake/([^/]+)/")
    words = (
        "object 1: no data type is found in key 'lake/2.bin' by .*correct --data-type-from-key.* .and 1 more: object 2"
    )
    with pytest.raises(InputRefused, match=words):
        list(read_items(source))


def test_objects_below_a_prefix_are_files_of_items_of_any_format(below, cloud):
    objects = {
        "a.csv": b"id,data_type,n\na,x,1\n",
        "b/": b"",
        "b/_SUCCESS": b"",
        "b/c.jsonl.gz": gzip.compress(b'{"id": "b", "data_type": "x", "n": 1}\n'),
        "b/d.csv": b"n,data_type,id\n1,x,c\n",
    }
    source = below("drop/", objects, load=True)
    items = list(read_items(source))
    assert items == [{"id": each, "data_type": "x", "n": 1} for each in "abc"]
    address = address_of(source, "jobs/j/runs/1/", cloud.bucket, cloud.s3)
    assert list(read_items(source_at(address, cloud.s3))) == items


def test_the_key_of_a_file_tells_the_data_type_of_its_items(below):
    objects = {f"product={each}/part-0.csv": f"id\n{each}\n".encode() for each in ("bond", "equity")}
    source = below("lake/", objects, load=True, data_type_from_key="product=([^/]+)/")
    assert list(read_items(source)) == [{"id": each, "data_type": each} for each in ("bond", "equity")]


@pytest.mark.parametrize(
    ("objects", "words"),
    [
        ({}, "drop/: there is no object below it; name a prefix that has some"),
        ({"_SUCCESS": b""}, "drop/: there is no object below it"),
        ({"a.csv": b"id\na\n", "b.txt": b"b"}, "b.txt: cannot tell the format from the name"),
        ({"t=x/a.csv": b"id\na\n", "b.csv": b"id\nb\n"}, "b.csv: no data type is found in key 'drop/b.csv'"),
        ({"t=x/a.csv": b"id\na\n", "t=x/b.csv": b"id\na\n"}, "b.csv line 2: id 'a' stands already at .*a.csv line 2"),
    ],
)
def test_files_below_a_prefix_that_cannot_be_items_are_refused_by_name(below, objects, words):
    reading = {"data_type": "x"} if "b.txt" in objects else {"data_type_from_key": "t=([^/]+)"}
    with pytest.raises(InputRefused, match=words):
        list(read_items(below("drop/", objects, load=True, **reading)))


def test_what_is_guessed_of_very_many_files_is_told_of_some_and_counted(below):
    source = below("many/", {f"{n:02d}.csv": f"ID\n{n}\n".encode() for n in range(30)}, load=True, data_type="x")
    notices = Tally()
    assert len(list(read_items(source, notices))) == 30
    *told, rest = notices.sentences()
    assert len(told) == MAX_PROBLEMS and rest == f"and {30 - MAX_PROBLEMS} more"
