"""The quotas an account has now, from Service Quotas."""

from dataclasses import replace
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from rollcall_planner.profiles import Profile, read


class NoLiveQuotas(Exception):
    """Raised when an account's quotas cannot be read; says why."""


def with_live_quotas(profile: Profile, client: Any) -> Profile:
    """The profile with the account's applied quotas; `client` is boto3's of service-quotas.

    What differs is in the new profile's `live`: {name: {"file", "applied"}}. Raises NoLiveQuotas.
    """
    wanted = {tuple(row["live"]): name for name, row in read("quota_names.yaml").items() if "live" in row}
    try:
        applied = {
            wanted[key]: value
            for service in sorted({service for service, _ in wanted})
            for key, value in service_quotas(client, service).items()
            if key in wanted
        }
    except (BotoCoreError, ClientError) as error:
        raise NoLiveQuotas(str(error)) from error
    differing = {
        name: {"file": profile.quotas[name], "applied": value}
        for name, value in sorted(applied.items())
        if value != profile.quotas[name]
    }
    sources = profile.sources | dict.fromkeys(applied, "Service Quotas, applied to this account")
    return replace(profile.with_quotas(**applied), live=differing, sources=sources)


def service_quotas(client: Any, service: str) -> dict[tuple[str, str], float]:
    pages = client.get_paginator("list_service_quotas").paginate(ServiceCode=service)
    return {(service, quota["QuotaName"]): quota["Value"] for page in pages for quota in page["Quotas"]}
