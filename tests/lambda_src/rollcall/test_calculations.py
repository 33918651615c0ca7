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


def with_default(item, digits=2):
    return {"digits": digits}


def with_more(item, *rest, **options):
    return {"more": [*rest, *options]}


def by_keyword(item, *, job):
    return {"job": job.id}


def after_a_default(item, digits=2, job=None):
    return {"digits": digits, "job": job.id}


def by_another_name(item, context):
    return {"job": context.id}


@pytest.mark.parametrize(
    ("function", "result"),
    [
        (with_default, {"digits": 2}),
        (with_more, {"more": []}),
        (by_keyword, {"job": "job"}),
        (after_a_default, {"digits": 2, "job": "job"}),
        (by_another_name, {"job": "job"}),
    ],
)
def test_a_parameter_is_given_the_job_only_where_it_is_meant_for_it(function, result):
    calculation("equity")(function)
    assert find("equity")({}, Job("job", "")) == result


def test_a_function_that_needs_more_than_an_item_and_its_job_is_refused_by_name():
    with pytest.raises(TypeError, match="<lambda>: it is given an item and its job, but needs rate, curve"):
        calculation("equity")(lambda item, rate, curve: {})


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import no_such_library", "ModuleNotFoundError: No module named 'no_such_library'"),
        ("raise ValueError('no curve')", "ValueError: no curve"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
    ],
)
def test_a_module_that_cannot_be_imported_spoils_only_its_own_type(monkeypatch, tmp_path, code, reason):
    monkeypatch.undo()
    for attribute in ("_registry", "_broken"):
        monkeypatch.setattr(calculations, attribute, {})
    monkeypatch.setattr(calculations, "__file__", str(tmp_path / "rollcall" / "calculations.py"))
    monkeypatch.syspath_prepend(tmp_path)
    good = "from rollcall.calculations import calculation\ncalculation('good')(lambda item: {})"
    for name, text in ((f"spoilt{abs(hash(code))}", code), (f"whole{abs(hash(code))}", good)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "calculation.py").write_text(text)
    calculations.load_all.__wrapped__()
    monkeypatch.setattr(calculations, "load_all", lambda: None)
    assert find("good")({}, Job("job", "")) == {}
    with pytest.raises(NoCalculation, match=rf"has good; spoilt\d+.calculation could not be imported: {reason}"):
        find("other")


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
