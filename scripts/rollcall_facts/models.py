"""Service models: what a botocore says of AWS's services, and the limits they state."""

import gzip
import html
import json
import re
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rollcall_facts.errors import Unreadable

TAG = re.compile(r"<[^>]+>")


@dataclass(frozen=True)
class Models:
    """`data` is botocore's folder of models, in a wheel or installed; `version` is botocore's."""

    data: zipfile.Path | Path
    version: str

    @classmethod
    def of_wheel(cls, wheel: Path) -> "Models":
        """Raises Unreadable where the file is no wheel of botocore."""
        try:
            return cls(zipfile.Path(wheel, "botocore/data/"), wheel.name.split("-")[1])
        except (OSError, IndexError, zipfile.BadZipFile) as error:
            raise Unreadable(f"{wheel}: no wheel of botocore; leave WHEEL out to fetch the newest") from error

    def services(self) -> list[str]:
        return sorted(folder.name for folder in self.data.iterdir() if folder.is_dir())

    @cache  # noqa: B019  a program has one of these
    def model(self, service: str) -> dict:
        """The service's newest API version. Raises Unreadable for a service that is not there."""
        folder = self.data / service
        files = [each / "service-2.json.gz" for each in folder.iterdir()] if folder.is_dir() else []
        found = sorted((file for file in files if file.is_file()), key=str)
        if not found:
            raise Unreadable(f"botocore {self.version} has no service {service!r}")
        return json.loads(gzip.decompress(found[-1].read_bytes()))

    def described(self, service: str, name: str) -> tuple[dict, str]:
        """The shape that `name` is, and what the model says in words, without markup.

        `name` is "operation:PutEvents", a shape such as "KeyList", or a shape's member, "PutEventsRequest.Entries".
        """
        model = self.model(service)
        kind, _, operation = name.partition(":")
        shape, _, member = name.partition(".")
        try:
            if operation:
                return {}, in_words(model[f"{kind}s"][operation].get("documentation", ""))
            found = model["shapes"][shape]
            if not member:
                return found, in_words(found.get("documentation", ""))
            found = found["members"][member]
        except KeyError as error:
            raise Unreadable(f"{service} {name} is not in botocore {self.version}: there is no {error}") from None
        target = model["shapes"][found["shape"]]
        return target, in_words(found.get("documentation", "") or target.get("documentation", ""))


def in_words(documentation: str) -> str:
    return " ".join(html.unescape(TAG.sub("", documentation.replace("</p>", " "))).split())
