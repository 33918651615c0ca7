"""Inputs as they are named on a command line: files, several of them, objects, standard input; uploaded as they are."""

import bz2
import gzip
import io
import json
import os
import sys
import threading
from types import SimpleNamespace

import pyarrow
import pytest
from backports import zstd
from pyarrow import parquet

from rollcall.errors import InputRefused
from rollcall.intake.items import read_items
from rollcall.intake.reading import Reading
from rollcall.intake.sources import source_of
from rollcall_client import executions, inputs, submission
from rollcall_client.errors import CommandError
from rollcall_client.submission import Terms

ITEMS = [{"id": "a", "data_type": "equity"}, {"id": "b", "data_type": "equity"}]
LINES = "".join(json.dumps(item) + "\n" for item in ITEMS)
CSV = "id,data_type\na,equity\nb,equity\n"
REQUEST = json.dumps({"requestId": "n1", "requests": ITEMS, "length": 2})


def as_parquet(items: list[dict]) -> bytes:
    parquet.write_table(pyarrow.Table.from_pylist(items), stream := io.BytesIO())
    return stream.getvalue()


@pytest.fixture
def submit(env):
    """submit(sources, job id, reading): (what was started, the items that partitioning reads for it)."""

    def do(*sources: str, job_id: str | None = None, **said):
        done = submission.submit(env, sources, job_id, Terms(), reading=Reading(**said))
        request = json.loads(executions.execution(env, done.job_id)["input"])
        return done, list(read_items(source_of(request["input"], env.client("s3"))))

    return do


@pytest.fixture
def typed(monkeypatch):
    """What comes in on standard input."""

    def do(content: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content)))

    return do


def test_several_files_of_any_format_are_one_job(submit, tmp_path):
    names = ["a/book.csv", "b/book.csv", "c.jsonl.gz"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / names[0]).write_text("id,data_type\nc,equity\n")
    (tmp_path / names[1]).write_text("id,data_type\nd,equity\n")
    (tmp_path / names[2]).write_bytes(gzip.compress(LINES.encode()))
    done, items = submit(*(str(tmp_path / name) for name in names))
    assert [item["id"] for item in items] == ["c", "d", "a", "b"] and done.items == 4


def test_files_and_objects_may_be_one_job(submit, env, tmp_path):
    (tmp_path / "a.csv").write_text("id,data_type\nc,equity\n")
    env.client("s3").put_object(Bucket=env.deployment.bucket, Key="k.csv", Body=CSV.encode())
    _, items = submit(f"s3://{env.deployment.bucket}/k.csv", str(tmp_path / "a.csv"))
    assert [item["id"] for item in items] == ["a", "b", "c"]


def test_what_is_said_of_a_file_is_sent_with_the_job(submit, env, tmp_path):
    (tmp_path / "a.csv").write_bytes("nr;größe\n1;2\n".encode("cp1252"))
    said = {"id": "nr", "data_type": "equity", "rename": {"size": "größe"}, "encoding": "cp1252", "delimiter": ";"}
    _, items = submit(str(tmp_path / "a.csv"), **said)
    assert items == [{"id": "1", "data_type": "equity", "size": 2}]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (LINES.encode(), "stdin.jsonl"),
        (json.dumps(ITEMS).encode(), "stdin.json"),
        (json.dumps(ITEMS, indent=1).encode(), "stdin.json"),
        (REQUEST.encode(), "stdin.json"),
        (CSV.encode(), "stdin.csv"),
        (CSV.replace(",", "\t").encode(), "stdin.tsv"),
        (b"\n\n" + CSV.encode("utf-8-sig"), "stdin.csv"),
        (gzip.compress(LINES.encode(), mtime=0), "stdin.jsonl"),
        (zstd.compress(CSV.encode()), "stdin.csv.gz"),
        (CSV.encode("utf-16"), "stdin.csv"),
        (as_parquet(ITEMS), "stdin.parquet"),
    ],
)
def test_standard_input_is_read_whatever_its_format(submit, env, typed, content, name):
    if content.startswith(b"\n\n"):
        content = content.lstrip()
    typed(content)
    done, items = submit("-", job_id="typed")
    assert items == ITEMS and done.items == 2
    request = json.loads(executions.execution(env, "typed")["input"])
    assert request["input"]["uri"] == f"s3://{env.deployment.bucket}/inputs/typed/{name}"


def test_an_inventory_is_named_where_it_lies(submit, tmp_path):
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(CommandError, match="an inventory lies in S3; name the s3:// address of its manifest.json"):
        submit(str(tmp_path / "manifest.json"), format="inventory")


def test_what_is_wrong_with_standard_input_is_said_of_it(submit, typed):
    typed(CSV.encode() + b"b\n")
    with pytest.raises(InputRefused, match="^standard input line 4: 1 cells where the header has 2"):
        submit("-")
    with pytest.raises(CommandError, match="standard input can be read only once"):
        submit("-", "-")


def test_a_pipe_is_read_once_and_submitted(submit, tmp_path):
    pipe = tmp_path / "book.csv"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_text(CSV), daemon=True)
    writer.start()
    done, items = submit(str(pipe))
    writer.join()
    assert items == ITEMS and done.items == 2


@pytest.mark.parametrize("name", ["a:b.jsonl", "s3:b.jsonl", "c d.jsonl", "é.jsonl", "x\n.jsonl", "%41?#.jsonl"])
def test_a_file_of_any_name_is_submitted(submit, tmp_path, name):
    (tmp_path / name).write_text(LINES)
    assert submit(str(tmp_path / name))[1] == ITEMS


def test_a_file_whose_name_is_no_text_is_submitted(submit, tmp_path):
    path = os.fsdecode(os.fsencode(tmp_path) + b"/\xff.jsonl")
    with open(path, "w") as file:  # noqa: PTH123  a path of bytes that are no text
        file.write(LINES)
    assert submit(path)[1] == ITEMS


@pytest.mark.parametrize("name", ["request.json", "request.json.gz", "request.json.bz2", "request.json.zst"])
def test_a_request_names_its_own_job_however_it_is_packed_and_is_started_once(submit, tmp_path, name):
    (tmp_path / name).write_bytes(packed(name))
    done, items = submit(str(tmp_path / name))
    assert (done.job_id, done.started, done.items, items) == ("n1", True, 2, ITEMS)
    assert not submit(str(tmp_path / name))[0].started


def packed(name: str) -> bytes:
    kind = name.rpartition(".")[2]
    content = REQUEST.encode()
    if kind == "gz":
        return gzip.compress(content)
    return bz2.compress(content) if kind == "bz2" else zstd.compress(content) if kind == "zst" else content


def test_a_request_in_s3_or_in_another_encoding_names_its_job_too(submit, env, tmp_path):
    env.client("s3").put_object(Bucket=env.deployment.bucket, Key="r.json.gz", Body=gzip.compress(REQUEST.encode()))
    assert submit(f"s3://{env.deployment.bucket}/r.json.gz")[0].job_id == "n1"
    (tmp_path / "r.json").write_bytes(REQUEST.replace("n1", "n2").encode("utf-16"))
    assert submit(str(tmp_path / "r.json"))[0].job_id == "n2"
    (tmp_path / "last.json").write_text(json.dumps({"requests": ITEMS, "requestId": "n3"}))
    assert submit(str(tmp_path / "last.json"))[0].job_id == "n3"


def test_a_broken_request_is_refused_before_anything_is_sent(submit, env, tmp_path):
    (tmp_path / "r.json.gz").write_bytes(gzip.compress(REQUEST.encode())[:-20])
    with pytest.raises(InputRefused, match="not a whole gzip file"):
        submit(str(tmp_path / "r.json.gz"))
    assert env.client("s3").list_objects_v2(Bucket=env.deployment.bucket)["KeyCount"] == 0


def test_zstandard_is_uploaded_as_gzip_which_every_function_reads(submit, env, tmp_path):
    (tmp_path / "b.jsonl.zst").write_bytes(zstd.compress(LINES.encode()))
    submit(str(tmp_path / "b.jsonl.zst"), job_id="z")
    body = env.client("s3").get_object(Bucket=env.deployment.bucket, Key="inputs/z/b.jsonl.gz")["Body"].read()
    assert gzip.decompress(body).decode() == LINES


def test_a_guess_is_told_with_what_was_started(submit, tmp_path):
    (tmp_path / "b.csv").write_text("ID,Data_Type,code\na,equity,007\n")
    done, items = submit(str(tmp_path / "b.csv"))
    assert items == [{"id": "a", "data_type": "equity", "code": "007"}]
    assert [notice.split(": ", 1)[1].split(";")[0] for notice in done.notices] == [
        "column 'ID' is read as 'id'",
        "column 'Data_Type' is read as 'data_type'",
        "column 'code' is read as text: '007' is no number's shortest form",
    ]


@pytest.mark.parametrize("name", ["nothing.csv", ".", "a\0b.csv"])
def test_what_is_not_there_is_told_with_what_to_name(env, name):
    with pytest.raises(CommandError, match="no such file; name a .jsonl, .csv or .json file, or an s3:// address"):
        submission.submit(env, name, None, Terms())


def test_what_was_copied_is_gone_afterwards(env, typed):
    typed(LINES.encode())
    with inputs.named(env, ["-"], Reading()) as source:
        copy = source.named[0].uri
        assert os.path.exists(copy)  # noqa: PTH110
    assert not os.path.exists(copy)  # noqa: PTH110
