"""Service models without a network: those of the installed botocore, brought to where they stood in November 2026."""

import gzip
import json
import zipfile
from pathlib import Path

import botocore
import pytest

from rollcall_facts.limits import limits
from rollcall_facts.models import Models

INSTALLED = Models(Path(botocore.__file__).parent / "data", botocore.__version__)
CUSTOM_BUS = {
    "metadata": {"protocol": "json", "serviceId": "EventBridgeV2"},
    "operations": {},
    "shapes": {
        "PutEventsRequest": {"type": "structure", "members": {"Entries": {"shape": "Entries"}}},
        "Entries": {"type": "list", "max": 100, "min": 1},
        "BatchConfigurationMaxBatchSizeInteger": {"type": "integer", "max": 500, "min": 1},
        "BatchConfigurationMaxBatchWindowInSecondsInteger": {"type": "integer", "max": 300, "min": 0},
    },
}


def make_wheel(folder: Path, models: dict[str, dict], version: str = "1.44.8") -> Path:
    """A botocore of nothing but these services."""
    wheel = folder / f"botocore-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as file:
        for service, model in models.items():
            file.writestr(
                f"botocore/data/{service}/2020-01-01/service-2.json.gz", gzip.compress(json.dumps(model).encode())
            )
    return wheel


@pytest.fixture(scope="session")
def november(tmp_path_factory) -> Path:
    """A wheel in which Lambda runs 1,800 s and EventBridge has a Custom Event Bus."""
    services = {limit.service for limit in limits()} - {"eventbridgev2"}
    models = {service: INSTALLED.model(service) for service in services} | {"eventbridgev2": CUSTOM_BUS}
    text = json.dumps(models["lambda"]).replace(
        "maximum allowed value is 900 seconds", "maximum allowed value is 1,800 seconds"
    )
    models["lambda"] = json.loads(text)
    return make_wheel(tmp_path_factory.mktemp("wheels"), models)
