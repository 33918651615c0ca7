"""Calls that AWS would have made later: some of each service's are refused."""

from collections.abc import Callable

from chaos.fault_plan import FaultPlan, Name
from embedded_cloud.extension import throttling
from embedded_cloud.extension.replacing import around

OF_CALLS = 0.03


def install(fault_plan: FaultPlan) -> None:
    @around(throttling, "refuses")
    def refuses(_as_told: Callable, service: str) -> bool:
        name = Name(service)
        refused = fault_plan.draw("throttle", name).random() < OF_CALLS
        if refused:
            fault_plan.note("throttled", name)
        return refused
