"""AWS: Lambda developer guide, "Python function errors"."""

import time

from embedded_cloud.extension.lambda_.workers import LONGEST_WAIT_SECONDS


def test_an_error_has_the_class_name_of_its_exception(cloud):
    cloud.function(
        "raising", "class Unpriced(Exception): pass\ndef handler(event, context): raise Unpriced('no curve')"
    )
    error = cloud.invoke("raising")
    assert (error["errorType"], error["errorMessage"]) == ("Unpriced", "no curve")
    assert "main.py" in error["stackTrace"][0]


def test_a_missing_module_is_an_import_module_error(cloud):
    cloud.function("importing", "import no_such_module\ndef handler(event, context): pass")
    error = cloud.invoke("importing")
    assert error["errorType"] == "Runtime.ImportModuleError"
    assert "no_such_module" in error["errorMessage"]


def test_a_function_past_its_timeout_is_ended(cloud):
    cloud.function("late", "import time\ndef handler(event, context): time.sleep(9)", Timeout=1)
    assert cloud.invoke("late")["errorType"] == "Sandbox.Timedout"


def test_all_output_of_a_call_is_in_its_log(cloud):
    cloud.function("talking", "import sys\ndef handler(event, context):\n  print('one')\n  sys.stderr.write('two')")
    cloud.invoke("talking")
    lines = cloud.log_lines("/aws/lambda/talking")
    assert {"one", "two"} <= set(lines)


def test_a_silent_function_answers_without_delay(cloud):
    cloud.function("silent", "def handler(event, context): return event")
    cloud.invoke("silent")

    def seconds() -> float:
        started = time.monotonic()
        cloud.invoke("silent")
        return time.monotonic() - started

    # A busy machine delays some calls; waiting for output that never comes delays them all.
    cloud.eventually(lambda: seconds() < LONGEST_WAIT_SECONDS)


def test_a_function_logs_at_its_own_level_and_not_at_the_emulators(cloud):
    cloud.function("levels", "import os\ndef handler(event, context): return os.environ.get('LOG_LEVEL', 'none')")
    assert cloud.invoke("levels") == "none"
