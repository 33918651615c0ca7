"""The job's state machine put together as modules/control_plane/engines.tf does it, for tests that run no Terraform."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from rollcall_cli.environment import ROOT

ASL = ROOT / "asl"
ENGINES = sorted(path.name.removesuffix(".asl.json") for path in (ASL / "engines").glob("*.asl.json"))
FUNCTIONS = ("partition_job", "dispatch_chunks", "arm_barrier", "record_answers", "finish_job")
BRANCHES = 3
WORDS = {
    **{name: f"arn:aws:lambda:us-east-1:123456789012:function:{name}" for name in FUNCTIONS},
    "next_step_prefix": "rollcall-dev-next-",
    "bus": "rollcall-dev",
    "bucket": "rollcall-dev-1",
}
PROCESSORS = {
    "inline": {"Mode": "INLINE"},
    "express": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
    "standard": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
}


def fill(path: Path, words: dict[str, str]) -> str:
    """A KeyError here names a ${word} that nothing stands for."""
    return re.sub(r"\$\{(\w+)\}", lambda match: words[match[1]], path.read_text())


def parts(words: dict[str, str], branches: int) -> dict[str, str]:
    """What several engines share, by the names their files call it."""
    folder = ASL / "engines" / "parts"
    run_chunk, selector = (json.loads((folder / f"{name}.json").read_text()) for name in ("run_chunk", "item_selector"))
    made = {
        "run_chunk": json.dumps(run_chunk),
        "item_selector": json.dumps(selector),
        "paced_item_selector": json.dumps({**selector, "pace.$": "$.work.pace"}),
        **{name: fill(folder / f"{name}.json", words) for name in ("item_reader", "result_writer")},
    }
    for kind, config in PROCESSORS.items():
        suffix = "" if kind == "inline" else kind.title()
        text = json.dumps({**run_chunk, "ProcessorConfig": config})
        made[f"{kind}_run_chunk"] = text.replace("@", f"{suffix}@")
    branch = fill(folder / "branch.json", made)
    return {**made, "branches": f"[{','.join(branch.replace('@', str(number)) for number in range(branches))}]"}


def engine(name: str, words: dict[str, str] = WORDS, branches: int = BRANCHES) -> dict:
    text = fill(ASL / "engines" / f"{name}.asl.json", {**words, **parts(words, branches)})
    return json.loads(text.replace("@", name.replace("_", " ").title().replace(" ", "")))


def compose(engines: list[str], words: dict[str, str] = WORDS, branches: int = BRANCHES) -> dict:
    """The definition that the environment's state machine gets."""
    machine = json.loads(fill(ASL / "job.asl.json", words))
    for name in engines:
        part = engine(name, words, branches)
        chosen = {"Variable": "$.engine", "StringEquals": name, "Next": part["StartAt"]}
        machine["States"]["WhichEngine"]["Choices"].append(chosen)
        machine["States"] |= part["States"]
    return machine


def scopes(machine: dict) -> Iterator[dict]:
    """The machine itself and every machine inside its Maps and Parallels: each with a StartAt and States."""
    yield machine
    for state in machine["States"].values():
        for inner in [*state.get("Branches", []), *([state["ItemProcessor"]] if "ItemProcessor" in state else [])]:
            yield from scopes(inner)


def states(machine: dict) -> list[tuple[str, dict]]:
    """(name, state) of every state, also of those inside others; a name may come twice."""
    return [found for scope in scopes(machine) for found in scope["States"].items()]
