"""The command that tells what a job will take before it is run."""

from pathlib import Path
from typing import Annotated

import boto3
import typer
from botocore.exceptions import BotoCoreError

from rollcall.engines import AUTO, Engine
from rollcall_cli.command_line import Env, Json, print_json
from rollcall_client.planned_routes import planned_routes
from rollcall_planner import Estimate, EstimateRefused, Profile, Workload, advice, auto, display, load_profile, what_ifs
from rollcall_planner import plan as plan_one
from rollcall_planner.live import NoLiveQuotas, with_live_quotas
from rollcall_planner.profiles import names
from rollcall_terminal import console, say

ALL = "all"
CHARTS = (".png", ".svg", ".pdf")


def plan(
    items: Annotated[int, typer.Option(help="How many items the job has, or each data type with --route.")],
    seconds: Annotated[float, typer.Option(help="How long one item takes on its worker.")],
    env: Env,
    engine: Annotated[
        str, typer.Option(help=f"One of {', '.join(Engine)}; auto, or all side by side.")
    ] = Engine.EVENTS,
    chunk: Annotated[int | None, typer.Option(help="Items a chunk; left out, the planner chooses.")] = None,
    concurrency: Annotated[
        int | None, typer.Option(help="Workers at a time; left out, all the account may run.")
    ] = None,
    rate: Annotated[float | None, typer.Option(help="Items a second, of the engine chunked.")] = None,
    region: Annotated[str | None, typer.Option(help="The Region whose default quotas count.")] = None,
    profile: Annotated[str, typer.Option(help=f"Quotas and parameters: {', '.join(names())}.")] = "default",
    route: Annotated[
        list[str] | None,
        typer.Option(metavar="DATA_TYPE", help="Take target, chunk size and concurrency from this route (repeatable)."),
    ] = None,
    live: Annotated[bool, typer.Option("--live", help="Read the account's own quotas from Service Quotas.")] = False,
    what_if: Annotated[
        list[str] | None,
        typer.Option(help=f"Assume what cannot be deployed yet (repeatable): {', '.join(what_ifs.names())}."),
    ] = None,
    within: Annotated[float | None, typer.Option(metavar="SECONDS", help="A makespan to reach: what to raise?")] = None,
    chart: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw the progress into a .png, .svg or .pdf.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Tell how long a job will take, what it will cost, what will break, and which quota to raise."""
    try:
        quotas = what_ifs.assuming(load_profile(profile, region), what_if or [])
        asked = Workload(items, seconds, chunk, concurrency, rate=rate)
        workloads = planned_routes(env, route, asked) if route else {"": asked}
        if within is not None and within <= 0:
            raise EstimateRefused([f"--within is {within:g}; give the seconds the job may take, more than 0"])
        chosen = {name: engines_of(engine, each, quotas) for name, each in workloads.items()}
        check_chart(chart, sum(map(len, chosen.values())))
    except EstimateRefused as error:
        raise typer.BadParameter("; ".join(error.problems)) from error
    if live:
        quotas = what_ifs.assuming(look_at_account(quotas), what_if or [])
    answers = {name: [plan_one(each, quotas, one) for one in chosen[name]] for name, each in workloads.items()}
    documents = [
        as_document(made, name, within) | {"recommendation": advice.recommend(workloads[name], quotas, plans)}
        for name, plans in answers.items()
        for made in plans
    ]
    show(answers, documents)
    if chart:
        from rollcall_planner.chart import draw  # matplotlib takes half a second to load, which no other command needs

        draw(next(iter(answers.values()))[0], chart)
    if as_json:
        print_json(documents[0] if len(documents) == 1 else {"plans": documents})


def engines_of(engine: str, workload: Workload, profile: Profile) -> list[Engine]:
    """The engines a word stands for; `auto` is resolved as a submitted job's would be."""
    if engine == ALL:
        return list(Engine)
    if engine == AUTO:
        return [auto(workload, profile)]
    if engine not in list(Engine):
        raise EstimateRefused([f"--engine is {engine!r}; give one of {', '.join([*Engine, AUTO, ALL])}"])
    return [Engine(engine)]


def check_chart(chart: Path | None, plans: int) -> None:
    if chart and plans > 1:
        raise EstimateRefused(["--chart draws one plan; name one --engine and at most one --route"])
    if chart and chart.suffix not in CHARTS:
        raise EstimateRefused([f"--chart is {str(chart)!r}; give a file that ends in {', '.join(CHARTS)}"])
    if chart and not chart.parent.is_dir():
        raise EstimateRefused([f"--chart: there is no folder {str(chart.parent)!r}; make it first"])


def look_at_account(profile: Profile) -> Profile:
    """The profile with the account's own quotas; as it is, and said so, where they cannot be read."""
    try:
        found = with_live_quotas(profile, boto3.client("service-quotas", region_name=profile.region))
    except (NoLiveQuotas, BotoCoreError) as error:
        say(f"the account's quotas cannot be read ({error}); the file's are used")
        return profile
    for name, values in found.live.items():
        say(f"this account's {name} is {values['applied']:,.0f}, not {values['file']:,.0f}")
    if not found.live:
        say(f"this account's quotas in {found.region} are those of the file")
    return found


def as_document(made: Estimate, data_type: str, within: float | None) -> dict:
    """A plan's JSON, with what was asked besides."""
    document = made.as_json() | {"fails_from": advice.fails_from(made)}
    if data_type:
        document["data_type"] = data_type
    if within is not None:
        document["reach"] = advice.reach(made, within)
    return document


def show(answers: dict[str, list[Estimate]], documents: list[dict]) -> None:
    for name, plans in answers.items():
        if name:
            say(f"route {name} ({plans[0].workload.target})")
        console.print(display.table(plans))
    for document in documents if len(documents) == len(answers) else []:
        for sentence in display.words(document):
            say(sentence)
    for document in {str(each["recommendation"]): each for each in documents}.values():
        say(display.recommended(document["recommendation"]))
