"""The benchmark's cloud: the system with a route for each concurrency, deployed once for each version of it."""

import hashlib
import math
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from embedded_cloud.clouds import Clouds
from embedded_cloud.exclusive import exclusively
from embedded_cloud.settings import HOST, CloudSettings
from rollcall_bench.grid import Cell

PORTS = range(4740, 4750)
SERVER = ("rollcall_bench.server",)
JOB_TYPE = "bench"
NEXT_STEP = f"""next_steps = {{
  "{JOB_TYPE}" = {{ lambda = {{ function = "count_results", memory_mb = 256 }} }}
}}
"""
NO_READINGS = "readings = {}\n"  # those of this machine's environment are of job types that are none here
FUNCTIONS = {"probe": "run_probe", "option.european": "value_european"}
CONCURRENCIES = (40, 100)
OTHERS_AT_ONCE = 20  # functions that run beside the workers: trackers, tasks of the state machine


@contextmanager
def benchmark_cloud(
    folder: Path, version: str, cells: Iterable[Cell], say: Callable[[str], None]
) -> Iterator[CloudSettings]:
    """A fresh cloud for some cells, which no other benchmark uses meanwhile; raises CloudError, CommandFailed."""
    concurrencies = sorted({*CONCURRENCIES, *(cell.concurrency for cell in cells)})
    routes = as_tfvars(concurrencies)
    with exclusively(folder / "lock"):
        Clouds(folder, PORTS[0]).end_left_over()
        clouds = Clouds(folder, port_for(folder), lambdas_for(max(concurrencies)))
        deploy(clouds, version, routes, say)
        with clouds.copy(SERVER) as settings:
            yield settings


def deploy(clouds: Clouds, version: str, routes: str, say: Callable[[str], None]) -> None:
    """Unless the very same is deployed already, at the same port."""
    mark = clouds.folder / "deployed.txt"
    wanted = f"{version} {clouds.port} {hashlib.sha256((routes + NEXT_STEP).encode()).hexdigest()}"
    if mark.exists() and mark.read_text() == wanted:
        return
    say("deploying the system to a cloud of its own (about a minute) …")
    mark.unlink(missing_ok=True)
    clouds.deploy(routes, NEXT_STEP, NO_READINGS)
    mark.write_text(wanted)


def as_tfvars(concurrencies: Iterable[int]) -> str:
    """A route of the probe and one of a real calculation for each concurrency; a chunk is one item unless asked."""
    routes = [
        f"""  "{data_type}.{concurrency}" = {{
    lambda          = {{ function = "{function}", memory_mb = 256 }}
    chunk_size      = 1
    max_concurrency = {concurrency}
    timeout_minutes = 5
  }}
"""
        for concurrency in concurrencies
        for data_type, function in FUNCTIONS.items()
    ]
    return f"routes = {{\n{''.join(routes)}}}\n"


def lambdas_for(concurrency: int) -> int:
    """Events leave a quarter of the cloud's Lambdas to callers that wait; the rest is enough for all workers."""
    return math.ceil((concurrency + OTHERS_AT_ONCE) * 4 / 3)


def port_for(folder: Path) -> int:
    """That of what is deployed, unless another program has taken it."""
    deployed = Clouds(folder, PORTS[0]).deployed.port_of_state
    candidates = [*([deployed] if deployed else []), *PORTS]
    return next((port for port in candidates if is_free(port)), PORTS[0])


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex((HOST, port)) != 0
