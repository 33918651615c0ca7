import re

import pytest
from tests.terraform.running import FUNCTIONS, Configuration, copy_of_module, stand_in_build

from rollcall_planner.limits import CONTROL_LAMBDAS

EQUITY = {"lambda": {"function": "value_equity"}}
AMERICAN = {"fargate": {"image": "worker:1"}}
SCENARIO = {"batch": {"image": "worker:1"}}
FILE = "terraform/environments/dev.tfvars"
ROOMY = {"fargate_vcpus": 10_000}


@pytest.fixture(scope="session")
def schema(tmp_path_factory):
    """Plans the module with given routes and next steps."""
    folder = tmp_path_factory.mktemp("schema")
    module = Configuration(copy_of_module("route_schema", folder))
    zips = stand_in_build(folder / "build") / "lambda"

    def variables(routes, next_steps, zip_folder=zips, quotas=None, kept=0) -> dict:
        quotas = ROOMY if quotas is None else quotas
        return {
            "environment": "dev",
            "prefix": "rollcall-dev",
            "zip_folder": str(zip_folder),
            "routes": routes,
            "next_steps": next_steps,
            "quotas": quotas,
            "control_concurrency": kept,
        }

    vars(module)["with_routes"] = lambda *given, **more: {"var": variables(*given, **more)}
    return module


@pytest.fixture
def outputs(schema):
    def planned(routes: dict, next_steps: dict | None = None, **more) -> dict:
        plan = schema.planned(**schema.with_routes(routes, next_steps or {}, **more))
        return {name: output["value"] for name, output in plan["planned_values"]["outputs"].items()}

    return planned


@pytest.fixture
def mistakes(schema):
    def told(routes: dict, next_steps: dict | None = None, **more) -> list[str]:
        code, message = schema.plan(**schema.with_routes(routes, next_steps or {}, **more))
        assert code == 1, "the plan should have been refused"
        return [line.strip("│ \n")[2:] for line in message.splitlines() if re.match(r"│?\s+- terraform", line)]

    return told


def test_a_route_that_names_only_its_function_gets_every_default(outputs):
    assert outputs({"equity": EQUITY})["routes"]["equity"] == {
        "data_type": "equity",
        "slug": "equity",
        "target": "lambda",
        "lambda": {"function": "value_equity", "memory_mb": 512},
        "fargate": None,
        "batch": None,
        "chunk_size": 100,
        "max_concurrency": 100,
        "timeout_seconds": 900,
        "max_attempts": 3,
        "item_timeout_seconds": 0,
        "idempotent": False,
    }


def test_the_block_that_is_present_names_the_target(outputs):
    routes = outputs({"equity": EQUITY, "option.american": AMERICAN, "scenario": SCENARIO})["routes"]
    assert {name: route["target"] for name, route in routes.items()} == {
        "*": "lambda",
        "equity": "lambda",
        "option.american": "fargate",
        "scenario": "batch",
    }


def test_the_catch_all_is_there_without_being_written(outputs):
    catch_all = outputs({})["routes"]["*"]
    assert (catch_all["slug"], catch_all["lambda"]["function"]) == ("unrouted", "refuse_unrouted")


def test_a_route_whose_chunks_must_not_run_twice_says_so(outputs):
    assert outputs({"x": EQUITY | {"idempotent": True}})["routes"]["x"]["idempotent"] is True


def test_a_slug_has_a_dash_for_every_character_that_names_may_not_have(outputs):
    assert outputs({"option.american_2-x": AMERICAN})["routes"]["option.american_2-x"]["slug"] == "option-american-2-x"


def test_a_next_step_gets_its_default_memory(outputs):
    step = {"valuation": {"lambda": {"function": "summarise_book"}}}
    assert outputs({}, step)["next_steps"] == {"valuation": {"function": "summarise_book", "memory_mb": 512}}


@pytest.mark.parametrize("cpu, memory_mb", [(256, 512), (512, 4096), (1024, 8192), (8192, 61440), (16384, 122880)])
def test_a_size_fargate_offers_is_accepted(outputs, cpu, memory_mb):
    route = {"fargate": {"image": "worker:1", "cpu": cpu, "memory_mb": memory_mb}}
    assert outputs({"x": route})["routes"]["x"]["fargate"]["cpu"] == cpu


ATTRIBUTES = (
    "batch, chunk_size, fargate, idempotent, item_timeout_seconds, lambda, max_attempts, max_concurrency, "
    "timeout_minutes"
)
REFUSED = {
    "a misspelled attribute": (
        {"x": EQUITY | {"chunksize": 5}},
        'routes["x"].chunksize: there is no such attribute; allowed are ' + ATTRIBUTES,
    ),
    "a misspelled attribute of a target": (
        {"x": {"lambda": {"function": "value_equity", "memory": 512}}},
        'routes["x"].lambda.memory: there is no such attribute; allowed are function, memory_mb',
    ),
    "no target": ({"x": {"chunk_size": 5}}, 'routes["x"]: no target; add one block of lambda, fargate, batch'),
    "two targets": ({"x": EQUITY | SCENARIO}, 'routes["x"]: 2 targets (lambda, batch); keep one'),
    "a function without a zip": (
        {"x": {"lambda": {"function": "value_eqity"}}},
        f'routes["x"].lambda.function: "value_eqity" has no zip; existing are {", ".join(FUNCTIONS)}; '
        "correct the name or run `make build`",
    ),
    "too little Lambda memory": (
        {"x": {"lambda": {"function": "value_equity", "memory_mb": 64}}},
        'routes["x"].lambda.memory_mb: 64 is not a whole number from 128 to 10240',
    ),
    "a Lambda that runs too long": (
        {"x": EQUITY | {"timeout_minutes": 16}},
        'routes["x"].timeout_minutes: 16 is more than the 15 a Lambda may run; '
        "lower it or move the route to fargate or batch",
    ),
    "memory that does not go with the CPU": (
        {"x": {"fargate": {"image": "worker:1", "cpu": 256, "memory_mb": 4096}}},
        'routes["x"].fargate.memory_mb: 4096 does not go with cpu 256; allowed are 512, 1024, 2048',
    ),
    "a CPU size that does not exist": (
        {"x": {"fargate": {"image": "worker:1", "cpu": 300}}},
        'routes["x"].fargate.cpu: cpu 300 is no Fargate size; allowed are 256, 512, 1024, 2048, 4096, 8192, 16384',
    ),
    "a number of vCPUs that does not exist": (
        {"x": {"batch": {"image": "worker:1", "vcpus": 3}}},
        'routes["x"].batch.vcpus: vcpus 3 is no Fargate size; allowed are 0.25, 0.5, 1, 2, 4, 8, 16',
    ),
    "Batch memory that does not go with the vCPUs": (
        {"x": {"batch": {"image": "worker:1", "vcpus": 0.5, "memory_mb": 512}}},
        'routes["x"].batch.memory_mb: 512 does not go with vcpus 0.5; allowed are 1024, 2048, 3072, 4096',
    ),
    "a container without an image": (
        {"x": {"batch": {}}},
        'routes["x"].batch.image: missing; name the container image',
    ),
    "an empty chunk": (
        {"x": EQUITY | {"chunk_size": 0}},
        'routes["x"].chunk_size: 0 is not a whole number from 1 to 10000',
    ),
    "half a worker": (
        {"x": EQUITY | {"max_concurrency": 1.5}},
        'routes["x"].max_concurrency: 1.5 is not a whole number from 1 to 10000',
    ),
    "an item that may take longer than its worker": (
        {"x": EQUITY | {"item_timeout_seconds": 901}},
        'routes["x"].item_timeout_seconds: 901 is neither 0 nor from 1 to 900, the seconds of timeout_minutes',
    ),
    "too many attempts": (
        {"x": EQUITY | {"max_attempts": 11}},
        'routes["x"].max_attempts: 11 is not a whole number from 1 to 10',
    ),
    "a timeout beyond what a queue can hide": (
        {"x": SCENARIO | {"timeout_minutes": 720}},
        'routes["x"].timeout_minutes: 720 is not a whole number from 1 to 719',
    ),
    "a data type with a space": (
        {"my equity": EQUITY},
        'routes["my equity"]: a data type is 1 to 48 letters, digits, ".", "_" or "-" '
        "and begins with a letter or digit; rename it",
    ),
    "two data types with one name": (
        {"a.b": EQUITY, "a-b": EQUITY},
        'routes: "a-b" and "a.b" would share the name "a-b"; rename one',
    ),
    "two data types whose names IAM takes for one": (
        {"Equity": EQUITY, "equity": EQUITY},
        'routes: "Equity" and "equity" would share the name "equity"; rename one',
    ),
    "a data type whose rule would be the platform's": (
        {"Chunk.settled": EQUITY},
        'routes["Chunk.settled"]: the name rollcall-dev-chunk-settled is one of the platform\'s own; '
        "rename the data type",
    ),
    "a data type whose queue would be another's dead-letter queue": (
        {"equity.dlq": EQUITY},
        'routes["equity.dlq"]: rollcall-dev-route-equity-dlq would be named as a dead-letter queue is; '
        "let the data type not end in dlq",
    ),
    "a data type named as the catch-all": (
        {"unrouted": EQUITY},
        'routes: "*" and "unrouted" would share the name "unrouted"; rename one',
    ),
    "a name longer than AWS allows": (
        {"x" * 46: EQUITY},
        f'routes["{"x" * 46}"]: the name rollcall-dev-route-{"x" * 46} has 65 characters and AWS allows 64; '
        "shorten the data type",
    ),
}


@pytest.mark.parametrize("routes, mistake", REFUSED.values(), ids=REFUSED)
def test_a_route_is_refused_with_its_place_and_cure_for(mistakes, routes, mistake):
    assert mistakes(routes) == [f"{FILE}, {mistake}"]


def test_every_value_of_a_wrong_type_is_told_with_its_place_what_it_is_and_its_cure_and_so_is_all_else(mistakes):
    routes = {
        "nothing": None,
        "text": "value_equity",
        "target": {"lambda": "value_equity", "chunk_size": 0},
        "lambda": {"lambda": {"function": 5, "memory_mb": "512MB"}, "chunksize": 1, "idempotent": "often"},
        "fargate": {"fargate": {"image": ["worker:1"], "cpu": "1024", "memory_mb": 512, "spot": 1}},
        "batch": {
            "batch": {"image": "worker:1", "vcpus": True},
            "max_concurrency": {"most": 5},
            "timeout_minutes": "5m",
        },
        "missing": {"lambda": {"function": "nope"}},
    }
    steps = {"nothing": None, "text": {"lambda": "summarise_book"}, "number": {"lambda": {"function": 1}}}
    assert {told.removeprefix(f"{FILE}, ") for told in mistakes(routes, steps, quotas={"fargate_vcpus": "6"})} == {
        'routes["nothing"]: null is nothing; write a block in braces',
        'routes["text"]: "value_equity" is a text; write a block in braces',
        'routes["target"].lambda: "value_equity" is a text; write a block in braces',
        'routes["target"].chunk_size: 0 is not a whole number from 1 to 10000',
        'routes["lambda"].lambda.function: 5 is a number; write a text in quotes',
        'routes["lambda"].lambda.memory_mb: "512MB" is a text; write a number',
        'routes["lambda"].idempotent: "often" is a text; write true or false',
        f'routes["lambda"].chunksize: there is no such attribute; allowed are {ATTRIBUTES}',
        'routes["fargate"].fargate.image: ["worker:1"] is a list; write a text in quotes',
        'routes["fargate"].fargate.cpu: "1024" is a text; write a number',
        'routes["fargate"].fargate.spot: 1 is a number; write true or false',
        'routes["batch"].batch.vcpus: true is a truth value; write a number',
        'routes["batch"].max_concurrency: {"most":5} is a block; write a number',
        'routes["batch"].timeout_minutes: "5m" is a text; write a number',
        f'routes["missing"].lambda.function: "nope" has no zip; existing are {", ".join(FUNCTIONS)}; '
        "correct the name or run `make build`",
        'next_steps["nothing"]: null is nothing; write a block in braces',
        'next_steps["text"].lambda: "summarise_book" is a text; write a block in braces',
        'next_steps["number"].lambda.function: 1 is a number; write a text in quotes',
        'quotas.fargate_vcpus: "6" is a text; write a number',
    }


@pytest.mark.parametrize("name", ["routes", "next_steps", "quotas"])
def test_settings_that_are_no_block_are_told(mistakes, name):
    given = {"routes": {}, "next_steps": {}, "quotas": {}} | {name: ["value_equity"]}
    assert mistakes(**given) == [f'{FILE}, {name}: ["value_equity"] is a list; write a block in braces']


def test_an_attribute_that_is_null_has_its_default(outputs):
    given = {
        "x": {
            **dict.fromkeys(("fargate", "chunk_size", "idempotent")),
            "lambda": {**EQUITY["lambda"], "memory_mb": None},
        }
    }
    assert outputs(given) == outputs({"x": EQUITY})


def test_several_mistakes_are_told_at_once(mistakes):
    routes = {"equity": {"lambda": {"function": "nope"}}, "scenario": {"chunksize": 1}}
    steps = {"valuation": {"lambda": {"function": "nope"}}}
    told = mistakes(routes, steps)
    assert [re.match(r".*?, ([^:]+):", line)[1] for line in told] == [
        'routes["scenario"].chunksize',
        'routes["scenario"]',
        'routes["equity"].lambda.function',
        'next_steps["valuation"].lambda.function',
    ]


def test_before_the_first_build_the_cure_is_to_build(mistakes, tmp_path):
    told = mistakes({"equity": EQUITY}, zip_folder=tmp_path / "lambda")
    assert told[1] == (
        f'{FILE}, routes["equity"].lambda.function: "value_equity" has no zip; '
        f"{tmp_path}/lambda holds no zip; run `make build`"
    )


NEXT_STEPS_REFUSED = {
    "no target": ({}, "no target; add a lambda block"),
    "a misspelled attribute": (
        {"lambda": {"function": "summarise_book", "memory": 1}},
        "lambda.memory: there is no such attribute; allowed are function, memory_mb",
    ),
    "too much memory": (
        {"lambda": {"function": "summarise_book", "memory_mb": 20000}},
        "lambda.memory_mb: 20000 is not a whole number from 128 to 10240",
    ),
}


@pytest.mark.parametrize("step, mistake", NEXT_STEPS_REFUSED.values(), ids=NEXT_STEPS_REFUSED)
def test_a_next_step_is_refused_with_its_place_and_cure_for(mistakes, step, mistake):
    separator = "." if mistake.startswith("lambda") else ": "
    assert mistakes({}, {"valuation": step}) == [f'{FILE}, next_steps["valuation"]{separator}{mistake}']


def test_next_steps_whose_names_iam_takes_for_one_are_refused(mistakes):
    step = {"lambda": {"function": "summarise_book"}}
    assert mistakes({}, {"Valuation": step, "valuation": step}) == [
        f'{FILE}, next_steps: "Valuation" and "valuation" would share the name "valuation"; rename one'
    ]


def test_what_the_account_may_run_is_aws_s_default_unless_written(outputs):
    assert outputs({}, quotas={"fargate_vcpus": 200})["quotas"] == {
        "lambda_concurrency": 1000,
        "fargate_vcpus": 200,
        "fargate_spot_vcpus": 6,
        "rules_per_bus": 300,
    }


def lambda_route(workers: int) -> dict:
    return EQUITY | {"max_concurrency": workers}


def fargate(workers: int, spot: bool) -> dict:
    return {"fargate": {"image": "worker:1", "cpu": 2048, "memory_mb": 4096, "spot": spot}, "max_concurrency": workers}


FIT = {
    "all but fifty Lambdas of an account": ({"x": lambda_route(500), "y": lambda_route(448)}, {}),
    "half of a new account": ({"x": lambda_route(3)}, {"lambda_concurrency": 10}),
    "the vCPUs there are, those of Spot apart": ({"x": fargate(3, True), "y": fargate(3, False)}, {}),
    "rules to the last": ({f"x{number}": lambda_route(1) for number in range(296)}, {}),
}
TOO_MUCH = {
    "Lambda workers": (
        {"x": lambda_route(500), "y": lambda_route(500)},
        {},
        'routes: "*" 2, "x" 500, "y" 500 make 1002 Lambda workers at a time, and quotas.lambda_concurrency is 1000, of '
        'which 50 run the jobs; lower max_concurrency, or have "Lambda, Concurrent executions" raised in Service '
        "Quotas and write it there",
    ),
    "the workers of a small account": (
        {"x": lambda_route(4)},
        {"lambda_concurrency": 10},
        'routes: "*" 2, "x" 4 make 6 Lambda workers at a time, and quotas.lambda_concurrency is 10, of which 5 run the '
        'jobs; lower max_concurrency, or have "Lambda, Concurrent executions" raised in Service Quotas and write it '
        "there",
    ),
    "vCPUs of Fargate and Batch together": (
        {"x": fargate(2, False), "y": SCENARIO | {"max_concurrency": 3}},
        {},
        'routes: "x" 4, "y" 3 make 7 vCPUs of Fargate and Batch at a time, and quotas.fargate_vcpus is 6; lower '
        'max_concurrency, or have "Fargate, On-Demand vCPU resource count" raised in Service Quotas and write it there',
    ),
    "vCPUs of Fargate Spot": (
        {"x": fargate(4, True)},
        {},
        'routes: "x" 8 make 8 vCPUs of Fargate Spot at a time, and quotas.fargate_spot_vcpus is 6; lower '
        'max_concurrency, or have "Fargate, Spot vCPU resource count" raised in Service Quotas and write it there',
    ),
    "rules": (
        {f"x{number}": lambda_route(1) for number in range(297)},
        {},
        "routes: 297 routes make 301 rules, those of the platform included, and quotas.rules_per_bus is 300; drop "
        'routes, or have "EventBridge, Rules" raised in Service Quotas and write it there',
    ),
    "a quota there is not": (
        {},
        {"lambdas": 5000},
        "quotas.lambdas: there is no such attribute; allowed are "
        "fargate_spot_vcpus, fargate_vcpus, lambda_concurrency, rules_per_bus",
    ),
    "half a vCPU": ({}, {"fargate_vcpus": 0.5}, "quotas.fargate_vcpus: 0.5 is not a whole number from 1"),
}


@pytest.mark.parametrize("routes, quotas", FIT.values(), ids=FIT)
def test_routes_fit_into_an_account_by(outputs, routes, quotas):
    assert outputs(routes, quotas=quotas)["routes"].keys() == {"*", *routes}


@pytest.mark.parametrize("routes, quotas, mistake", TOO_MUCH.values(), ids=TOO_MUCH)
def test_routes_that_together_exceed_a_quota_are_refused_with_the_numbers_and_the_cure(
    mistakes, routes, quotas, mistake
):
    assert mistakes(routes, quotas=quotas) == [f"{FILE}, {mistake}"]


@pytest.mark.parametrize(
    ("routes", "kept", "mistake"),
    [
        (
            {"x": lambda_route(829)},
            20,
            'routes: "*" 2, "x" 829 make 831 Lambda workers at a time, and quotas.lambda_concurrency is 1000, of '
            'which 170 run the jobs; lower max_concurrency, or have "Lambda, Concurrent executions" raised in Service '
            "Quotas and write it there",
        ),
        (
            {},
            148,
            "control_concurrency: 148 for each of 6 functions reserve 915 Lambdas with those of the others, and of "
            "quotas.lambda_concurrency, 1000, AWS keeps 100 for what is not reserved; lower it, or have "
            '"Lambda, Concurrent executions" raised in Service Quotas and write it there',
        ),
        ({}, 0.5, "control_concurrency: 0.5 is not a whole number from 0"),
    ],
    ids=["beside the workers", "beside AWS's hundred", "half a place"],
)
def test_places_kept_for_the_control_plane_fit_into_the_account(mistakes, routes, kept, mistake):
    assert f"{FILE}, {mistake}" in mistakes(routes, kept=kept)


def test_the_planner_leaves_the_functions_that_run_jobs_as_many_lambdas_as_a_plan_does(outputs, mistakes):
    workers = 1000 - CONTROL_LAMBDAS - int(outputs({})["routes"]["*"]["max_concurrency"])
    assert outputs({"x": lambda_route(workers)})
    assert len(mistakes({"x": lambda_route(workers + 1)})) == 1
