"""Build what is deployed: one zip per Lambda, the layers, the schemas of items, and the content of
the worker image.

lambda_src holds the library `rollcall` and roots (platform, calculations, ...). A folder of a root with a
handler.py is a Lambda; one without is a library of its root's Lambdas. A zip holds its Lambda, those libraries
and `rollcall`, side by side. Zips are byte-reproducible (sorted names, one date), so a plan shows a function
only when its code has changed.
"""

import hashlib
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from item_schemas import write_schemas

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "lambda_src"
BUILD = ROOT / "build"
LAYER_LOCK = ROOT / "requirements" / "layer.txt"
PARQUET_LOCK = ROOT / "requirements" / "parquet.txt"
IMAGE_LOCK = ROOT / "requirements" / "image.txt"
LIBRARY = "rollcall"
STAMP = ".lock"
DATE = (2020, 1, 1, 0, 0, 0)
COMPILED = ("*.so", "*.pyd", "*.dylib")
NEVER_PACKED = ("*.libs", "bin", "RECORD")
# What functions run on, as modules/python_layer says; its Linux has glibc 2.34.
PYTHON, PLATFORM = "3.13", "manylinux_2_28_aarch64"
ON_LAMBDA = ["--only-binary", ":all:", "--implementation", "cp", "--python-version", PYTHON, "--platform", PLATFORM]
# Two thirds of pyarrow read no Parquet; a layer that is sent with the call that makes it may have 50 MB.
ARROW_UNUSED = ("tests", "include", "src", "*.pxd", "*.pxi", "*.pyx", "*flight*", "*_s3*", "*orc*", "*.so.*.*.*")


def main() -> None:
    layer = installed(BUILD / "packages", LAYER_LOCK, without=(*COMPILED, *NEVER_PACKED))
    write_zip(BUILD / "layer" / "rollcall-layer.zip", files(layer, below="python"))
    write_parquet_layer(BUILD / "layer" / "rollcall-parquet.zip")
    lambdas = dict(packed(SOURCE))
    for stale in {*(BUILD / "lambda").glob("*.zip")} - {zip_of(name) for name in lambdas}:
        stale.unlink()
    for name, folders in lambdas.items():
        write_zip(zip_of(name), [entry for folder in folders for entry in files(folder, below=folder.name)])
    fill_image(BUILD / "image", layer)
    schemas = write_schemas(BUILD / "schemas", roots(SOURCE))
    print(f"built {len(lambdas)} Lambda zips, {schemas} schemas, the layers and the image content in {BUILD.name}/")


def packed(source: Path) -> Iterator[tuple[str, list[Path]]]:
    """(name of a Lambda, the folders its zip holds), for every Lambda of every root.

    Raises SystemExit when two roots have a folder of the same name: a zip and a worker image hold them side by side.
    """
    taken: dict[str, Path] = {LIBRARY: source / LIBRARY}
    for root in roots(source):
        folders = packages(root)
        for folder in folders:
            if (other := taken.setdefault(folder.name, folder)) != folder:
                raise SystemExit(f"{folder} and {other} have the same name; rename one: their code is packed together")
        libraries = [source / LIBRARY, *(folder for folder in folders if not is_lambda(folder))]
        yield from ((folder.name, [*libraries, folder]) for folder in folders if is_lambda(folder))


def roots(source: Path) -> list[Path]:
    return sorted(folder for folder in source.iterdir() if folder.is_dir() and folder.name != LIBRARY)


def packages(root: Path) -> list[Path]:
    return sorted(folder for folder in root.iterdir() if (folder / "__init__.py").exists())


def is_lambda(folder: Path) -> bool:
    return (folder / "handler.py").exists()


def zip_of(name: str) -> Path:
    return BUILD / "lambda" / f"{name}.zip"


def write_parquet_layer(target: Path) -> None:
    """pyarrow, compiled for what functions run on, where only that Python looks: this machine has its own."""
    folder = installed(BUILD / "parquet", PARQUET_LOCK, (*ARROW_UNUSED, *NEVER_PACKED), ON_LAMBDA)
    if not target.exists() or target.stat().st_mtime < (folder / STAMP).stat().st_mtime:
        write_zip(target, files(folder, below=f"python/lib/python{PYTHON}/site-packages"))


def installed(target: Path, lock: Path, without: Iterable[str], options: Iterable[str] = ()) -> Path:
    """Install locked packages, unless they are there, and remove what is not needed of them.

    Without their compiled parts each of the layer's packages works too, and so one layer fits every architecture and
    Python version. Raises SystemExit with pip's words.
    """
    stamp = target / STAMP
    what = [sys.version, *without, *options]
    digest = hashlib.sha256(lock.read_bytes() + "\n".join(what).encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == digest:
        return target
    shutil.rmtree(target, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile", "--require-hashes", *options]
    done = subprocess.run([*pip, "--target", str(target), "-r", str(lock)], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"could not install {lock.relative_to(ROOT)}:\n{done.stderr}")
    remove(target, without)
    stamp.write_text(digest)
    return target


def remove(folder: Path, patterns: Iterable[str]) -> None:
    for path in sorted({path for pattern in patterns for path in folder.rglob(pattern)}):
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def files(folder: Path, below: str) -> Iterator[tuple[str, Path]]:
    """(name in the zip, path) of every file that belongs into it."""
    for path in folder.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts and path.name != STAMP:
            yield f"{below}/{path.relative_to(folder).as_posix()}", path


def write_zip(target: Path, entries: Iterable) -> None:
    """Write beside the old zip and put it in its place at once, so that nobody reads half a zip."""
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(".tmp")
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in sorted(entries):
            info = zipfile.ZipInfo(name, DATE)
            info.external_attr = 0o644 << 16
            archive.writestr(info, path.read_bytes(), zipfile.ZIP_DEFLATED)
    unfinished.replace(target)


def fill_image(image: Path, layer: Path) -> None:
    """What the Dockerfile copies: the library and what lies in the roots, beside the layer's packages."""
    shutil.rmtree(image, ignore_errors=True)
    ignore = shutil.ignore_patterns("__pycache__", STAMP)
    shutil.copytree(layer, image, ignore=ignore)
    for folder in (SOURCE / LIBRARY, *(package for root in roots(SOURCE) for package in packages(root))):
        shutil.copytree(folder, image / folder.name, ignore=ignore)
    shutil.copy(IMAGE_LOCK, image / "requirements.txt")


if __name__ == "__main__":
    main()
