"""Settings of a program's own cloud: those of this machine's environment, some of them replaced."""

from dataclasses import replace

from tests.scripts.embedded_cloud.conftest import Cloud, settings_below

from embedded_cloud import lifecycle
from embedded_cloud.clouds import copy_state, with_blocks

SETTINGS = """environment = "local"

engines = [
  "events",
]

routes = {
  "equity" = {
    lambda = { function = "value_equity" }
  }
}

next_steps = {
  "valuation" = { lambda = { function = "summarise_book" } }
}
"""
ROUTES = """routes = {
  "probe" = {
    lambda = { function = "run_probe" }
  }
}
"""


def test_a_block_takes_the_place_of_the_one_of_its_name():
    changed = with_blocks(SETTINGS, ROUTES)
    assert ROUTES in changed and "equity" not in changed and "summarise_book" in changed
    assert changed.count("routes = {") == 1


def test_a_list_and_a_single_line_are_replaced_too():
    changed = with_blocks(SETTINGS, 'engines = ["events", "map"]\n', 'environment = "dev"\n')
    assert changed.startswith('environment = "dev"\n\nengines = ["events", "map"]\n\nroutes = {')


def test_a_block_without_one_of_its_name_is_added():
    assert with_blocks(SETTINGS, 'colour = "red"\n') == f'{SETTINGS}\ncolour = "red"\n'


def test_a_copy_at_another_port_has_the_queues_and_tells_its_functions_so(own_cloud, tmp_path):
    url, _ = own_cloud.queue("work")
    own_cloud.client("sqs").send_message(QueueUrl=url, MessageBody="kept")
    code = "import os\ndef handler(event, context): return os.environ['QUEUE']"
    own_cloud.function("told", code, Environment={"Variables": {"QUEUE": url}})
    own_cloud.client("s3").create_bucket(Bucket="kept")
    own_cloud.client("s3").put_object(Bucket="kept", Key="result", Body=b"42")
    lifecycle.down(own_cloud.settings)

    copy = Cloud(replace(settings_below(tmp_path / "other"), lambdas=4, containers=2))
    copy_state(own_cloud.settings, copy.settings)
    lifecycle.up(copy.settings)
    try:
        moved = url.replace(str(own_cloud.settings.port), str(copy.settings.port))
        assert copy.client("sqs").get_queue_url(QueueName="work")["QueueUrl"] == copy.invoke("told") == moved
        assert [message["Body"] for message in copy.messages(moved, 1)] == ["kept"]
        assert copy.client("s3").get_object(Bucket="kept", Key="result")["Body"].read() == b"42"
    finally:
        lifecycle.down(copy.settings)
