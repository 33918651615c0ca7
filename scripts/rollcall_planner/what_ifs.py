"""What-ifs: quotas of what AWS has and this platform cannot deploy yet, in place of those it has."""

from dataclasses import replace

from rollcall_planner.profiles import Profile, read
from rollcall_planner.workload import EstimateRefused

FILE = "what_ifs.yaml"
NOT_DEPLOYABLE = "not deployable: AWS provider 5.100 does not have it"


def names() -> list[str]:
    return list(read(FILE))


def assuming(profile: Profile, what_ifs: list[str]) -> Profile:
    """The profile with the quotas of each what-if; applied again, it changes nothing. Raises EstimateRefused."""
    unknown = [name for name in what_ifs if name not in read(FILE)]
    if unknown:
        raise EstimateRefused([f"--what-if is {name!r}; give one of {', '.join(names())}" for name in unknown])
    services = read("quotas.yaml")["services"]
    for name in what_ifs:
        rows = {quota: services[service][key] for quota, (service, key) in read(FILE)[name]["quotas"].items()}
        soft = {quota for quota, row in rows.items() if row["default_or_hard"] == "soft"}
        profile = replace(
            profile,
            quotas=profile.quotas | {quota: row["value"] for quota, row in rows.items()},
            sources=profile.sources | {quota: f"{row['source']} ({row['as_of']})" for quota, row in rows.items()},
            soft=profile.soft - rows.keys() | soft,
            what_ifs=tuple(dict.fromkeys((*profile.what_ifs, name))),
        )
    return profile


def sentences(profile: Profile) -> list[str]:
    """What is assumed, that it cannot be deployed, and what is not known of it."""
    found = []
    for name in profile.what_ifs:
        what_if = read(FILE)[name]
        found += [f"{what_if['title']} ({NOT_DEPLOYABLE})", *what_if["notes"]]
    return found
