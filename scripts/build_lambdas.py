"""Build what is deployed: one zip per Lambda, the layer, and the content of the worker image.

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

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "lambda_src"
BUILD = ROOT / "build"
LAYER_LOCK = ROOT / "requirements" / "layer.txt"
IMAGE_LOCK = ROOT / "requirements" / "image.txt"
LIBRARY = "rollcall"
DATE = (2020, 1, 1, 0, 0, 0)
COMPILED = ("*.so", "*.pyd", "*.dylib")


def main() -> None:
    layer = install_layer(BUILD / "packages")
    write_zip(BUILD / "layer" / "rollcall-layer.zip", files(layer, below="python"))
    lambdas = dict(packed(SOURCE))
    for stale in {*(BUILD / "lambda").glob("*.zip")} - {zip_of(name) for name in lambdas}:
        stale.unlink()
    for name, folders in lambdas.items():
        write_zip(zip_of(name), [entry for folder in folders for entry in files(folder, below=folder.name)])
    fill_image(BUILD / "image", layer)
    print(f"built {len(lambdas)} Lambda zips, the layer and the image content in {BUILD.name}/")


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
    ignore = shutil.ignore_patterns("__pycache__", ".lock")
    shutil.copytree(layer, image, ignore=ignore)
    for folder in (SOURCE / LIBRARY, *(package for root in roots(SOURCE) for package in packages(root))):
        shutil.copytree(folder, image / folder.name, ignore=ignore)
    shutil.copy(IMAGE_LOCK, image / "requirements.txt")


if __name__ == "__main__":
    main()
