from types import ModuleType
from typing import Any

import pytest

from embedded_cloud.extension.replacing import around, instead


@pytest.fixture
def service():
    module: Any = ModuleType("service")
    module.price = lambda item: item * 2
    module.actions = {"Price": module.price}
    return module


def test_a_replacement_may_call_the_original(service):
    around(service, "price")(lambda original, item: original(item) + 1)
    assert service.price(3) == 7


def test_a_replacement_takes_the_place_of_the_original(service):
    instead(service, "price")(lambda item: 0)
    assert service.price(3) == 0


def test_a_table_of_actions_leads_to_the_replacement_too(service):
    instead(service, "price")(lambda item: 0)
    assert service.actions["Price"](3) == 0


def test_a_name_the_emulator_does_not_have_is_refused(service):
    with pytest.raises(AttributeError):
        instead(service, "missing")(lambda: None)
