"""One plain setting out of a file of Terraform's settings: a whole parser takes longer than most commands."""

import re
from pathlib import Path


def setting(file: Path, name: str) -> str | None:
    """The text, number or yes or no that a file gives a name at its top; None when it does not."""
    found = re.search(rf'(?m)^{name}[ \t]*=[ \t]*"?([^"#\n]*?)"?[ \t]*(?:#.*)?$', file.read_text(encoding="utf-8"))
    return found[1] if found else None
