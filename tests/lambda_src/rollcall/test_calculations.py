"""Calculations are found by their data type."""

import pytest

from rollcall import calculations
from rollcall.calculations import Job, calculation, find
from rollcall.errors import NoCalculation, NoRoute


@pytest.fixture(autouse=True)
def own_registry(monkeypatch):
    monkeypatch.setattr(calculations, "_registry", {})
    monkeypatch.setattr(calculations, "load_all", lambda: None)


def test_a_calculation_serves_its_data_type_and_everything_below_it():
    calculation("equity")(lambda item: {"all": item["id"]})
    calculation("equity.us")(lambda item: {"us": item["id"]})
    job = Job("job", "")
    assert find("equity")({"id": 1}, job) == {"all": 1}
    assert find("equity.eu.tech")({"id": 2}, job) == {"all": 2}
    assert find("equity.us.tech")({"id": 3}, job) == {"us": 3}


def test_a_calculation_that_asks_for_the_job_gets_it():
    calculation("scenario")(lambda item, job: {"input": job.input})
    assert find("scenario")({}, Job("job", "s3://b/k")) == {"input": "s3://b/k"}


def test_the_decorated_function_stays_the_plain_function_it_was():
    def value(item):
        return {"value": item["spot"]}

    assert calculation("equity")(value) is value


def test_a_data_type_without_calculation_names_those_there_are():
    calculation("equity")(lambda item: {})
    with pytest.raises(NoCalculation, match=r"no @calculation serves data type 'equities'; this worker has equity\."):
        find("equities")


def test_all_calculations_of_the_image_are_loaded(monkeypatch):
    monkeypatch.undo()
    calculations.load_all()
    assert {"equity", "option.european", "option.american", "scenario", "*"} <= set(calculations._registry)


def test_the_catch_all_calculation_names_the_file_to_edit(monkeypatch):
    monkeypatch.undo()
    monkeypatch.setenv("ROLLCALL_ENVIRONMENT", "dev")
    with pytest.raises(
        NoRoute, match=r"no route for data type 'fx': add it to routes in terraform/environments/dev.tfvars"
    ):
        find("*")({"id": "a", "data_type": "fx"}, Job("job", ""))
