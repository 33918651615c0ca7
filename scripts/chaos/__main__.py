"""python -m chaos --seeds 1 2 3 --items 10000; exit code 0 when nothing was lost, doubled or early."""

import argparse
import json
import sys
import time

from chaos import report
from chaos.clouds import ChaosClouds
from chaos.scenario import Scenario
from chaos.verdict import judge
from chaos.workloads import workloads
from embedded_cloud.clouds import CommandFailed
from embedded_cloud.errors import CloudError
from rollcall_client.environment import ROOT
from rollcall_terminal import console, say

FOLDER = ROOT / "build" / "chaos"
PORT = 4720


def main() -> int:
    options = parse()
    console.print(f"seeds: {' '.join(map(str, options.seeds))} (a seed draws the same faults again; timing is its own)")
    FOLDER.mkdir(parents=True, exist_ok=True)
    clouds = ChaosClouds(FOLDER, options.port)
    console.print("deploying the system to a cloud of its own …")
    clouds.deploy_probes()
    seeds = []
    for seed in options.seeds:
        seeds.append(play(clouds, seed, options.items))
        for finding in seeds[-1]["findings"]:
            say(f"  {finding}")
    whole = report.of_all(seeds)
    path = FOLDER / "report.json"
    path.write_text(json.dumps(whole, indent=2) + "\n")
    console.print(report.as_table(seeds))
    console.print(f"report: {path.relative_to(ROOT)}")
    return 0 if report.passed(whole) else 1


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="chaos")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--items", type=int, default=10_000, help="items in all three jobs together")
    parser.add_argument("--port", type=int, default=PORT, help="of the cloud; not that of `make up`")
    return parser.parse_args()


def play(clouds: ChaosClouds, seed: int, items: int) -> dict:
    started = time.monotonic()
    some = workloads(seed, items)

    def tell(sentence: str) -> None:
        say(f"  seed {seed}, {time.monotonic() - started:3.0f} s: {sentence}")

    tell(f"{len(some)} jobs with {items:,} items")
    with clouds.of_seed(seed) as cloud:
        played = Scenario(cloud, some, tell)
        played.play()
        reported = cloud.reported()
        judgements = [judge(cloud, workload, reported) for workload in some]
    return report.of_seed(seed, some, judgements, reported, played.sweeps, time.monotonic() - started)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (CloudError, CommandFailed) as error:
        sys.exit(str(error))
