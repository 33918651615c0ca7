"""What is built is what the source holds, byte for byte the same each time."""

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

import build_lambdas
from build_lambdas import ARROW_UNUSED, COMPILED, PLATFORM, PYTHON, SOURCE, files, packed, remove, write_zip
from rollcall_client.environment import ROOT

PACKED = {name: {folder.name for folder in folders} for name, folders in packed(SOURCE)}


@pytest.fixture
def source(tmp_path):
    for name in ("rollcall/__init__.py", "rollcall/events.py", "rollcall/__pycache__/events.pyc"):
        path = tmp_path / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path / "source"


def test_a_folder_with_a_handler_is_a_lambda_and_any_other_a_library():
    assert PACKED["partition_job"] == {"partition_job", "rollcall"}
    assert PACKED["value_equity"] == {"value_equity", "derivatives", "rollcall"}


def test_two_folders_of_one_name_are_refused(source):
    other = source.parent / "source" / "platform" / "do_it"
    for folder in (other, source / "calculations" / "do_it"):
        folder.mkdir(parents=True)
        (folder / "__init__.py").touch()
        (folder / "handler.py").touch()
    with pytest.raises(SystemExit, match="do_it have the same name; rename one"):
        dict(packed(source))


def test_the_same_source_gives_the_same_bytes_whatever_its_dates(source, tmp_path):
    write_zip(tmp_path / "one.zip", files(source, below="x"))
    for path in source.rglob("*.py"):
        path.touch()
    write_zip(tmp_path / "two.zip", reversed(list(files(source, below="x"))))
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_a_zip_keeps_its_folders_and_leaves_caches_out(source, tmp_path):
    write_zip(tmp_path / "it.zip", files(source / "rollcall", below="rollcall"))
    assert zipfile.ZipFile(tmp_path / "it.zip").namelist() == ["rollcall/__init__.py", "rollcall/events.py"]


@pytest.mark.parametrize("name", PACKED)
def test_every_zip_holds_its_own_folder_and_its_libraries_but_no_other_lambda(name):
    entries = {entry.split("/")[0] for entry in zipfile.ZipFile(build_lambdas.zip_of(name)).namelist()}
    assert entries == PACKED[name]


def test_the_layer_and_the_image_are_pure_python():
    names = zipfile.ZipFile(ROOT / "build" / "layer" / "rollcall-layer.zip").namelist()
    assert any(name.startswith("python/aws_lambda_powertools/") for name in names)
    endings = tuple(pattern.removeprefix("*") for pattern in COMPILED)
    assert not [name for name in names if name.endswith(endings)]
    assert not [path for path in (ROOT / "build" / "image").rglob("*") if path.name.endswith(endings)]


def test_the_layer_that_reads_parquet_is_for_what_functions_run_on():
    said = (ROOT / "modules" / "python_layer" / "main.tf").read_text()
    assert re.search(r'runtime += "python(.+)"', said)[1] == PYTHON
    assert {"arm64": "aarch64", "x86_64": "x86_64"}[re.search(r'architecture += "(.+)"', said)[1]] in PLATFORM
    layer = zipfile.ZipFile(ROOT / "build" / "layer" / "rollcall-parquet.zip")
    compiled = f"cpython-{PYTHON.replace('.', '')}-aarch64-linux-gnu.so"
    assert f"python/lib/python{PYTHON}/site-packages/pyarrow/lib.{compiled}" in layer.namelist()


def test_with_the_other_layer_it_is_far_below_what_a_function_may_unpack():
    zips = [zipfile.ZipFile(path) for path in (ROOT / "build" / "layer").glob("*.zip")]
    assert sum(entry.file_size for each in zips for entry in each.infolist()) < 120_000_000
    assert all(Path(each.filename).stat().st_size < 45_000_000 for each in zips)  # AWS: 250 MB, and 50 MB in one call


def test_what_is_left_of_pyarrow_reads_parquet(tmp_path):
    shutil.copytree(Path(pyarrow.__file__).parent, tmp_path / "site" / "pyarrow")
    remove(tmp_path / "site", ARROW_UNUSED)
    parquet.write_table(pyarrow.table({"id": ["a"]}), tmp_path / "a.parquet", compression="zstd")
    code = (
        "import sys; sys.path.insert(0, 'site'); from pyarrow import parquet; import pyarrow; print(pyarrow.__file__)"
    )
    code += "; print(*parquet.ParquetFile('a.parquet').iter_batches())"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.startswith(str(tmp_path)) or done.stdout.startswith("site"), done.stderr
    assert 'id: ["a"]' in done.stdout


def test_the_image_holds_every_calculation_and_what_it_needs():
    image = ROOT / "build" / "image"
    for path in (
        "rollcall/worker/entry.py",
        "value_american/calculation.py",
        "smart_open/__init__.py",
        "requirements.txt",
    ):
        assert (image / path).exists()
