"""S3 Inventory: each object it lists is an item, in whichever format it was written."""

import gzip
import io
import json

import pyarrow
import pytest
from pyarrow import parquet

from rollcall.errors import InputRefused
from rollcall.intake.items import read_items
from rollcall.intake.sources import address_of, source_at, source_of

KEYS = ["scans/a b.png", "scans/é+1.png", "scans/007"]
ROWS = [f'"data","{key}","{n}","e{n}"' for n, key in enumerate(["scans/a+b.png", "scans/%C3%A9%2B1.png", "scans/007"])]
ITEMS = [
    {"id": key, "uri": f"s3://data/{key}", "size": n, "etag": f"e{n}", "data_type": "scan"}
    for n, key in enumerate(KEYS)
]
SCHEMA = "Bucket, Key, Size, ETag"


def as_csv(*rows: str) -> bytes:
    return gzip.compress("".join(f"{row}\n" for row in rows).encode())


def as_parquet(**columns: list) -> bytes:
    parquet.write_table(pyarrow.table(columns), stream := io.BytesIO())
    return stream.getvalue()


@pytest.fixture
def inventory(cloud):
    """inventory(its files by key, format, schema, what is said of it): its source."""

    def do(files: dict[str, bytes], form: str = "CSV", schema: str = SCHEMA, **reading):
        for key, body in files.items():
            cloud.s3.put_object(Bucket=cloud.bucket, Key=key, Body=body)
        manifest = {
            **{"sourceBucket": "data", "destinationBucket": f"arn:aws:s3:::{cloud.bucket}", "version": "2016-11-30"},
            **{"fileFormat": form, "fileSchema": schema, "files": [{"key": key} for key in files]},
        }
        cloud.s3.put_object(Bucket=cloud.bucket, Key="inv/manifest.json", Body=json.dumps(manifest).encode())
        reading = {"format": "inventory", **(reading or {"data_type": "scan"})}
        return source_of({"uri": f"s3://{cloud.bucket}/inv/manifest.json", "reading": reading}, cloud.s3)

    return do


def test_each_object_an_inventory_in_csv_lists_is_an_item(inventory, cloud):
    source = inventory({"inv/1.csv.gz": as_csv(*ROWS[:2], '"data","scans/","0","e"'), "inv/2.csv.gz": as_csv(ROWS[2])})
    assert list(read_items(source)) == ITEMS
    address = address_of(source, "jobs/j/runs/1/", cloud.bucket, cloud.s3)
    assert list(read_items(source_at(address, cloud.s3))) == ITEMS


def test_each_object_an_inventory_in_parquet_lists_is_an_item(inventory):
    body = as_parquet(bucket=["data"] * 3, key=KEYS, size=[0, 1, 2], e_tag=["e0", "e1", "e2"])
    assert list(read_items(inventory({"inv/1.parquet": body}, "Parquet", "message s3.inventory {…}"))) == ITEMS


def test_of_an_inventory_of_all_versions_the_objects_that_are_there_are_items(inventory):
    schema = "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size"
    rows = [f'"data","{key}","v","{latest}","{deleted}","7"' for key, latest, deleted in VERSIONS]
    (item,) = read_items(inventory({"inv/1.csv.gz": as_csv(*rows)}, schema=schema))
    assert item == {"id": "a", "uri": "s3://data/a", "size": 7, "data_type": "scan"}
    columns = zip(*VERSIONS, strict=True)
    names = dict(zip(("key", "is_latest", "is_delete_marker"), map(list, columns), strict=True))
    body = as_parquet(bucket=["data"] * 3, size=[7] * 3, **names)
    assert list(read_items(inventory({"inv/1.parquet": body}, "Parquet"))) == [item]


VERSIONS = [("a", True, False), ("a", False, False), ("b", True, True)]


def test_keys_tell_the_data_type_as_those_below_a_prefix_do(inventory):
    source = inventory({"inv/1.csv.gz": as_csv(*ROWS)}, data_type_from_key="^([^/]+)/")
    assert {item["data_type"] for item in read_items(source)} == {"scans"}


def test_fields_that_an_inventory_does_not_have_are_left_out(inventory):
    (item,) = read_items(inventory({"inv/1.csv.gz": as_csv('"data","a"')}, schema="Bucket, Key"))
    assert item == {"id": "a", "uri": "s3://data/a", "data_type": "scan"}


@pytest.mark.parametrize(
    ("files", "form", "words"),
    [
        ({"inv/1.orc": b""}, "ORC", "manifest.json: an inventory in ORC cannot be read; let S3 write it as CSV or Par"),
        ({"inv/1.csv.gz": as_csv(*ROWS, '"data"')}, "CSV", "1.csv.gz line 4: 1 cells where the header has 4"),
        ({"inv/1.csv.gz": as_csv(*ROWS)[:-9]}, "CSV", "1.csv.gz after line .: not a whole gzip file"),
        (
            {"inv/1.csv.gz": as_csv(ROWS[0]), "inv/2.csv.gz": as_csv(ROWS[0])},
            "CSV",
            "id 'scans/a b.png' stands already",
        ),
        ({"inv/1.parquet": b"PAR1"}, "Parquet", "1.parquet: not a whole Parquet file"),
    ],
)
def test_an_inventory_that_cannot_be_read_is_refused_with_file_and_place(inventory, files, form, words):
    with pytest.raises(InputRefused, match=words):
        list(read_items(inventory(files, form)))


@pytest.mark.parametrize("body", [b"{}", b"[1]", b"nonsense", b'{"fileFormat": 1}'])
def test_what_is_no_manifest_is_refused(inventory, cloud, body):
    source = inventory({})
    cloud.s3.put_object(Bucket=cloud.bucket, Key="inv/manifest.json", Body=body)
    with pytest.raises(InputRefused, match="not the manifest.json of an S3 Inventory; name that one"):
        list(read_items(source))
