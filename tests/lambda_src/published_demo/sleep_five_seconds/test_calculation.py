from rollcall import calculations
from rollcall.calculations import Job
from sleep_five_seconds import calculation


def test_an_item_takes_five_seconds_and_says_so(monkeypatch):
    slept = []
    monkeypatch.setattr(calculation.time, "sleep", slept.append)
    answer = calculations.find("published")({"id": "0", "data_type": "published"}, Job("job", ""))
    assert (slept, answer) == ([5], {"caseId": "0", "state": "processed in 5 seconds"})
