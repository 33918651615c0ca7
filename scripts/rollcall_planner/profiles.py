"""Profiles: named sets of quotas, parameters and prices, read from the data files."""

from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import yaml

from rollcall_planner.workload import EstimateRefused

DATA = Path(__file__).parent / "data"
OTHER_REGIONS = ("other", "every other")
CASES = ("expected", "low", "high")


@cache
def read(name: str) -> dict:
    return yaml.load((DATA / name).read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


@dataclass(frozen=True)
class Profile:
    """Quotas by name (units: quotas.yaml), which of them are `soft`, and parameters as [expected, low, high, source].

    `live` has what the account's own quotas changed: {name: {"file", "applied"}}; `what_ifs` names what is assumed.
    """

    name: str
    region: str
    quotas: dict[str, float]
    given: dict[str, list]
    sources: dict[str, str]
    soft: frozenset[str] = frozenset()
    case: str = "expected"
    live: dict[str, dict] = field(default_factory=dict)
    what_ifs: tuple[str, ...] = ()

    def __getitem__(self, parameter: str) -> float:
        return self.given[parameter][CASES.index(self.case)]

    def of(self, case: str) -> "Profile":
        """The same with the parameters of the case "expected", "low" or "high"."""
        return replace(self, case=case)

    def with_quotas(self, **values: float) -> "Profile":
        return replace(self, quotas=self.quotas | values)


def names() -> list[str]:
    return list(read("profiles.yaml"))


def load(name: str = "default", region: str | None = None) -> Profile:
    """A profile, its quotas those of `region` where given. Raises EstimateRefused for an unknown name or Region."""
    if name not in names():
        raise EstimateRefused([f"--profile is {name!r}; give one of {', '.join(names())}"])
    if region and not is_region(region):
        raise EstimateRefused([f"--region is {region!r}; give a Region's name, such as eu-west-1"])
    own = read("profiles.yaml")[name]
    base = read("profiles.yaml")[own["like"]] if "like" in own else own
    quotas, sources, soft = regional(region or own["region"])
    for quota, (value, source) in own.get("quotas", {}).items():
        quotas[quota], sources[quota] = value, source
    return Profile(name, region or own["region"], quotas, base["parameters"] | own["parameters"], sources, soft)


def is_region(text: str) -> bool:
    parts = text.split("-")
    return len(parts) >= 3 and parts[-1].isdigit() and all(part.isalpha() for part in parts[:-1])


def regional(region: str) -> tuple[dict[str, float], dict[str, str], frozenset[str]]:
    """The quotas in a Region, the sources they are from, and which of them AWS raises on request."""
    services, quotas, sources, soft = read("quotas.yaml")["services"], {}, {}, set()
    for name, where in read("quota_names.yaml").items():
        rows = [row for key, row in services[where["service"]].items() if key.startswith(where["key"])]
        row = next((row for row in rows if region in row["region"]), None) or fallback(rows)
        quotas[name], sources[name] = row["value"], f"{row['source']} ({row['as_of']})"
        if row["default_or_hard"] == "soft":
            soft.add(name)
    return quotas, sources, frozenset(soft)


def fallback(rows: list[dict]) -> dict:
    """The row for every Region that has none of its own."""
    return next(
        (row for row in rows if row["region"] == "all" or any(w in row["region"] for w in OTHER_REGIONS)), rows[0]
    )


def price(service: str, name: str) -> float:
    """USD in us-east-1, in the unit that quotas.yaml gives."""
    return read("quotas.yaml")["pricing"][service][name]["value"]
