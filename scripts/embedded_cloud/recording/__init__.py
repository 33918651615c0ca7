"""Recording of calls; `sitecustomize` here is what recorded processes import.

Of permissions, which the cloud decides, its own process records (extension/iam/recording.py).
"""

import os
from collections.abc import Mapping
from pathlib import Path

VARIABLE = "ROLLCALL_RECORD_CALLS"
IAM_VARIABLE = "ROLLCALL_RECORD_IAM"
FOLDER = str(Path(__file__).parent)


def variables(environment: Mapping[str, str], python_path: str = "") -> dict[str, str]:
    """What a process gets so that its calls are recorded too, if those of this environment are; else its own path."""
    if not environment.get(VARIABLE):
        return {"PYTHONPATH": python_path} if python_path else {}
    return {VARIABLE: environment[VARIABLE], "PYTHONPATH": os.pathsep.join(filter(None, [FOLDER, python_path]))}
