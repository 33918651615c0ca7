"""Build what is deployed: one zip per Lambda, the layer, and the content of the worker image.

A folder of lambda_src with a handler.py is a Lambda; one without is a library that goes into every
zip. Zips are byte-reproducible (sorted names, one date), so a plan shows a function only when its
code has changed.
"""

import hashlib
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "lambda_src"
BUILD = ROOT / "build"
LAYER_LOCK = ROOT / "requirements" / "layer.txt"
IMAGE_LOCK = ROOT / "requirements" / "image.txt"
DATE = (2020, 1, 1, 0, 0, 0)
COMPILED = ("*.so", "*.pyd", "*.dylib")


def main() -> None:
    packages = install_layer(BUILD / "packages")
    write_zip(BUILD / "layer" / "rollcall-layer.zip", files(packages, below="python"))
    lambdas, libraries = folders(SOURCE)
    for stale in {*(BUILD / "lambda").glob("*.zip")} - {zip_of(name) for name in lambdas}:
        stale.unlink()
    for name in lambdas:
        write_zip(
            zip_of(name), [entry for folder in (*libraries, name) for entry in files(SOURCE / folder, below=folder)]
        )
    fill_image(BUILD / "image", packages)
    print(f"built {len(lambdas)} Lambda zips, the layer and the image content in {BUILD.name}/")


def folders(source: Path) -> tuple[list[str], list[str]]:
    """(Lambdas, libraries): the folders of lambda_src with and without a handler.py."""
    names = sorted(folder.name for folder in source.iterdir() if (folder / "__init__.py").exists())
    lambdas = [name for name in names if (source / name / "handler.py").exists()]
    return lambdas, [name for name in names if name not in lambdas]


def zip_of(name: str) -> Path:
    return BUILD / "lambda" / f"{name}.zip"


def install_layer(target: Path) -> Path:
    """Install the locked packages, pure Python: each of them works without its compiled parts,
    and so one layer fits every architecture and Python version."""
    stamp = target / ".lock"
    digest = hashlib.sha256(LAYER_LOCK.read_bytes() + sys.version.encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == digest:
        return target
    shutil.rmtree(target, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile", "--require-hashes"]
    done = subprocess.run([*pip, "--target", str(target), "-r", str(LAYER_LOCK)], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"could not install {LAYER_LOCK.relative_to(ROOT)}:\n{done.stderr}")
    for pattern in (*COMPILED, "*.libs", "bin", "RECORD"):
        for path in sorted(target.rglob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    stamp.write_text(digest)
    return target


def files(folder: Path, below: str) -> Iterator[tuple[str, Path]]:
    """(name in the zip, path) of every file that belongs into it."""
    for path in folder.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts and path.name != ".lock":
            yield f"{below}/{path.relative_to(folder).as_posix()}", path


def write_zip(target: Path, entries) -> None:
    """Write beside the old zip and put it in its place at once, so that nobody reads half a zip."""
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(".tmp")
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in sorted(entries):
            info = zipfile.ZipInfo(name, DATE)
            info.external_attr = 0o644 << 16
            archive.writestr(info, path.read_bytes(), zipfile.ZIP_DEFLATED)
    unfinished.replace(target)


def fill_image(image: Path, packages: Path) -> None:
    """What the Dockerfile copies: all of lambda_src beside the layer's packages."""
    shutil.rmtree(image, ignore_errors=True)
    ignore = shutil.ignore_patterns("__pycache__", ".lock")
    shutil.copytree(packages, image, ignore=ignore)
    shutil.copytree(SOURCE, image, ignore=ignore, dirs_exist_ok=True)
    shutil.copy(IMAGE_LOCK, image / "requirements.txt")


if __name__ == "__main__":
    main()
