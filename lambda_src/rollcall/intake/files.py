"""The bytes of an input, from a local file or an object in S3, and what keeps them from being read."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from rollcall.errors import InputBroken, InputRefused
from rollcall.intake.compression import decompressed
from rollcall.intake.text import as_utf8

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

BLOCK_BYTES = 256 * 1024
TRIES = 5
NOT_THERE = "name an object that exists, in this environment's bucket or one of its input_buckets"
ENCRYPTED = "it is encrypted with a KMS key: name that key in input_keys of this environment's tfvars, and apply"
CURES = {
    "InvalidObjectState": "it is archived: restore it, or copy it into a storage class that can be read at once",
    "PreconditionFailed": "it was replaced while it was read: submit it again when nobody writes to it",
    "PermanentRedirect": "its bucket lies in another Region: copy it into a bucket of this environment's Region",
    "InvalidRequest": "it is encrypted with a key of the customer's, which is not known here: encrypt it with KMS",
    "KMS.DisabledException": "its KMS key is disabled: enable it, or copy the object",
    "KMS.KMSInvalidStateException": "its KMS key cannot be used: see to it, or copy the object",
    "KMS.NotFoundException": "its KMS key is gone: copy the object under another",
}
# What a caller's credentials, or the moment, are to blame for, and not the input.
NOT_OF_THE_INPUT = {
    *("ExpiredToken", "InvalidAccessKeyId", "InvalidToken", "SignatureDoesNotMatch", "TokenRefreshRequired"),
    *("RequestTimeTooSkewed", "RequestTimeout", "RequestLimitExceeded", "SlowDown", "Throttling"),
}


def is_in_s3(uri: str) -> bool:
    return uri[:5].lower() == "s3://"


@contextmanager
def opened(uri: str, name: str, s3: "S3Client | None", encoding: str) -> Iterator[BinaryIO]:
    """The text of a file or object in UTF-8, decompressed; raises InputRefused if it cannot be opened."""
    with open_bytes(uri, name, s3) as raw:
        yield io.BufferedReader(Pieces(as_utf8(decompressed(blocks(raw, name), uri), encoding)), BLOCK_BYTES)


@contextmanager
def opened_at_random(uri: str, name: str, s3: "S3Client | None") -> Iterator[BinaryIO]:
    """The bytes of a file or object as they are, at any place; raises InputRefused if it cannot be opened."""
    try:
        raw = ObjectAtRandom(uri, s3) if is_in_s3(uri) else io.FileIO(uri)
    except (OSError, ValueError) as error:
        raise InputRefused([f"{name}: {not_read(error)}"]) from error
    with io.BufferedReader(raw, BLOCK_BYTES) as stream:
        yield stream


def open_bytes(uri: str, name: str, s3: "S3Client | None") -> io.RawIOBase:
    try:
        return S3Object(uri, s3) if is_in_s3(uri) else io.FileIO(uri)
    except (OSError, ValueError) as error:
        raise InputRefused([f"{name}: {not_read(error)}"]) from error


def blocks(raw: io.RawIOBase, name: str) -> Iterator[bytes]:
    try:
        yield from iter(partial(raw.read, BLOCK_BYTES), b"")
    except OSError as error:
        raise InputRefused([f"{name}: {not_read(error)}"]) from error


def not_read(error: Exception) -> str:
    told = error.strerror if isinstance(error, OSError) else str(error)
    return f"cannot be read ({told}); name another file, or see to this one"


class Pieces(io.RawIOBase):
    """Pieces of bytes as one stream."""

    def __init__(self, pieces: Iterator[bytes]):
        self.pieces, self.rest = pieces, memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def]  # any writable buffer
        while not self.rest:
            piece = next(self.pieces, None)
            if piece is None:
                return 0
            self.rest = memoryview(piece)
        length = min(len(buffer), len(self.rest))
        buffer[:length], self.rest = self.rest[:length], self.rest[length:]
        return length


class S3Object(io.RawIOBase):
    """An object's bytes in order.

    A connection that breaks is taken up where it broke, as long as the object is the same.
    Raises InputRefused for an object that cannot be read, InputBroken where it cannot be read on.
    """

    def __init__(self, uri: str, s3: "S3Client | None"):
        self.uri, self.position, self.end, self.tag, self.size = uri, 0, "", "", 0
        self.bucket, self.key = place_in_s3(uri)
        self.s3 = s3 or default_client()
        self.body = self.get()

    def get(self):  # type: ignore[no-untyped-def]  # a body of botocore's
        same: dict[str, Any] = {"IfMatch": self.tag, "Range": f"bytes={self.position}-{self.end}"} if self.tag else {}
        try:
            found = self.s3.get_object(Bucket=self.bucket, Key=self.key, **same)
        except (ParamValidationError, ClientError) as error:
            raise refused_by_s3(self.uri, error) or error from error
        self.tag, self.size = self.tag or found.get("ETag", ""), self.size or found.get("ContentLength", 0)
        return found["Body"]

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def]
        for left in reversed(range(TRIES)):
            try:
                data = self.body.read(len(buffer))
                break
            except (BotoCoreError, OSError) as error:
                if not left:
                    raise InputBroken(
                        f"S3 broke off {TRIES} times after {self.position:,} bytes ({error})", "submit it again"
                    ) from error
                self.body = self.get()
        self.position += len(data)
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed and hasattr(self, "body"):
            self.body.close()
        super().close()


class ObjectAtRandom(S3Object):
    """An object's bytes at any place, each read a request of its own, as long as the object is the same."""

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self.position, io.SEEK_END: self.size}[whence]
        self.position = start + offset
        return self.position

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def]
        wanted = min(len(buffer), self.size - self.position)
        if wanted <= 0:
            return 0
        self.body.close()
        self.end = str(self.position + wanted - 1)
        self.body = self.get()
        return super().readinto(memoryview(buffer)[:wanted])


def place_in_s3(uri: str) -> tuple[str, str]:
    """(bucket, key) of an s3:// address."""
    bucket, _, key = uri[5:].partition("/")
    return bucket, key


def refused_by_s3(uri: str, error: ParamValidationError | ClientError) -> InputRefused | None:
    """What S3 refuses for good; None if it is the moment's or the caller's fault."""
    if isinstance(error, ParamValidationError):
        return InputRefused([f"{uri}: not the address of an object; write s3://BUCKET/KEY"])
    code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
    if code in NOT_OF_THE_INPUT or status == 429 or status >= 500:
        return None
    cure = ENCRYPTED if "kms:Decrypt" in message else CURES.get(code, NOT_THERE)
    return InputRefused([f"{uri}: cannot be read ({code}); {cure}"])


def default_client() -> "S3Client":
    import boto3

    return boto3.client("s3")
