"""Checking an input without submitting it: what is in it, how it would be read, what would be refused."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from rollcall.errors import InputRefused
from rollcall.intake.contracts import built_contracts
from rollcall.intake.fields import NEEDED
from rollcall.intake.items import read_items
from rollcall.intake.problems import Tally
from rollcall.intake.reading import Reading
from rollcall_client.environment import ROOT, Environment
from rollcall_client.inputs import named
from rollcall_client.offline_routes import written_reading, written_routes

SAMPLES = 3
SCHEMAS = ROOT / "build" / "schemas"
MAX_FIELDS = 200
KINDS = {str: "text", int: "number", float: "number", bool: "true or false", dict: "object", list: "list"}


@dataclass
class Report:
    """What an input holds.

    `data_types` and `fields` count items, fields by kind of value; `no_route` are data types without a route;
    `notices` were guessed, `problems` would be refused.
    """

    items: int = 0
    data_types: Counter[str] = field(default_factory=Counter)
    fields: dict[str, Counter[str]] = field(default_factory=dict)
    samples: list[dict] = field(default_factory=list)
    no_route: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def add(self, item: dict) -> None:
        self.items += 1
        self.data_types[item["data_type"]] += 1
        if len(self.samples) < SAMPLES:
            self.samples.append(item)
        for name, value in item.items():
            kinds = self.fields.get(name)
            if kinds is None and name not in NEEDED and len(self.fields) < MAX_FIELDS:
                kinds = self.fields[name] = Counter()
            if kinds is not None:
                kinds[KINDS.get(type(value), "null")] += 1

    def as_json(self) -> dict:
        return vars(self)


def check(env: str, sources: Sequence[str], reading: Reading, job_type: str = "") -> Report:
    """Read an input as partitioning will.

    For files on this machine no cloud is asked: routes, and the reading of a job type, are those of tfvars, contracts
    those last built.
    """
    routes = written_routes(env)
    report, notices = Report(), Tally()
    with named(Environment(env), sources, reading.over(written_reading(env, job_type))) as source:
        try:
            for item in read_items(source, notices, built_contracts(SCHEMAS)):
                report.add(item)
        except InputRefused as refused:
            report.problems = refused.problems
    report.notices = notices.sentences()
    report.no_route = sorted(report.data_types.keys() - routes.keys())
    return report
