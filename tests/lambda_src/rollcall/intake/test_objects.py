"""Objects in S3: read on where a connection broke, and refused as files are."""

import gzip
import io

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError, ResponseStreamingError
from botocore.response import StreamingBody
from botocore.stub import Stubber
from tests.lambda_src.rollcall.intake.conftest import FORMATS, LINES

from rollcall.errors import InputRefused
from rollcall.intake.items import read_items
from rollcall.intake.sources import FileSource, address_of, source_at, source_of


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
