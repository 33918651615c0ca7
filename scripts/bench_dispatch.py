"""Measure dispatch: how busy a route's workers are kept with items of one second, on the embedded cloud.

Utilisation is the time items took over what the route allows: max_concurrency × (last settlement -
partitioned). It includes starting the workers and the last chunks, so it grows with the number of items.
"""

import argparse
import json
import sys
from datetime import datetime
from pathlib import Path

from rollcall import receipts
from rollcall_cli import display
from rollcall_cli.environment import CommandError, Environment
from rollcall_cli.submission import Terms, made_id, submit

FOLDER = Path("build/bench")
ROUTE = "probe"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--items", type=int, default=2400)
    items = parser.parse_args().items
    FOLDER.mkdir(parents=True, exist_ok=True)
    book = FOLDER / f"probes-{items}.jsonl"
    book.write_text("".join(json.dumps({"id": str(n), "data_type": ROUTE, "seconds": 1}) + "\n" for n in range(items)))
    try:
        measured = measure(Environment("local"), str(book))
    except CommandError as error:
        sys.exit(str(error))
    print(json.dumps(measured, indent=2))
    (FOLDER / "dispatch.json").write_text(json.dumps(measured, indent=2) + "\n")


def measure(env: Environment, book: str) -> dict:
    job_id = submit(env, book, made_id().replace("job", "bench"), Terms()).job_id
    job = display.watch(env, job_id)
    receipt = receipts.read(env.client("s3"), env.deployment.bucket, job_id)
    began, ended = (datetime.fromisoformat(receipt["timings"][name]) for name in ("partitioned_at", "last_settlement"))
    seconds = (ended - began).total_seconds()
    concurrency = env.routes[ROUTE].max_concurrency
    return {
        "items": job["items"],
        "chunks": receipt["expected"]["chunks"],
        "max_concurrency": concurrency,
        "seconds": round(seconds, 1),
        "ideal_seconds": round(job["items"] / concurrency, 1),
        "utilisation": round(job["items"] / (concurrency * seconds), 4),
    }


if __name__ == "__main__":
    main()
