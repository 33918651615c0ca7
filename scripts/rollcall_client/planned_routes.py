"""What the routes of an environment say about a job that is only planned, told from tfvars alone."""

from dataclasses import replace

from rollcall_client.offline_routes import KINDS, written_routes
from rollcall_planner import EstimateRefused, Workload

# The defaults of modules/route_schema.
CHUNK_SIZE, MAX_CONCURRENCY, TIMEOUT_MINUTES = 100, 100, 15


def planned_routes(environment: str, data_types: list[str], asked: Workload) -> dict[str, Workload]:
    """A workload for each data type; what was asked for goes before what its route says.

    Raises EstimateRefused for data types without a route.
    """
    written = written_routes(environment)
    missing = [name for name in data_types if name not in written]
    if missing:
        raise EstimateRefused(
            [
                f"--route {name}: terraform/environments/{environment}.tfvars has no such route; "
                f"give one of {', '.join(sorted(written))}"
                for name in missing
            ]
        )
    return {name: of_route_as_written(environment, name, written[name], asked) for name in data_types}


def of_route_as_written(environment: str, name: str, route: dict, asked: Workload) -> Workload:
    """Raises EstimateRefused for a route that `make plan` would refuse."""
    try:
        return of_route(route, asked)
    except EstimateRefused:  # of what was asked for
        raise
    except (AttributeError, TypeError, ValueError, StopIteration):
        place = f'terraform/environments/{environment}.tfvars, routes["{name}"]'
        told = f"--route {name}: {place} is not as a route is; `make plan ENV={environment}` tells what to correct"
        raise EstimateRefused([told]) from None


def of_route(route: dict, asked: Workload) -> Workload:
    target = next(kind for kind in KINDS if kind in route)
    block = route[target]
    return replace(
        asked,
        target=target,
        chunk=asked.chunk or int(route.get("chunk_size", CHUNK_SIZE)),
        concurrency=asked.concurrency or int(route.get("max_concurrency", MAX_CONCURRENCY)),
        timeout_s=60.0 * float(route.get("timeout_minutes", TIMEOUT_MINUTES)),
        memory_mb=int(block.get("memory_mb", asked.memory_mb)),
        vcpus=float(block["vcpus"]) if "vcpus" in block else float(block.get("cpu", 1024)) / 1024,
        spot=bool(block.get("spot", False)),
    )
