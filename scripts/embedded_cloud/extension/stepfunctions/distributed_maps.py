"""Step Functions' Distributed Map: reads its items, runs a child for each or each batch, and gathers their results."""

from ministack.services import stepfunctions

from embedded_cloud.extension.metering.calls import count
from embedded_cloud.extension.replacing import instead
from embedded_cloud.extension.stepfunctions import map_results
from embedded_cloud.extension.stepfunctions.execution_context import ExecutionError, require_running
from embedded_cloud.extension.stepfunctions.history import record
from embedded_cloud.extension.stepfunctions.inline_maps import finish, item_context, items_of, number, select
from embedded_cloud.extension.stepfunctions.integrations import call_of
from embedded_cloud.extension.stepfunctions.map_batches import batches
from embedded_cloud.extension.stepfunctions.map_runs import MapRun


@instead(stepfunctions, "_run_distributed_map")
def run_distributed_map(
    state: dict, given: object, effective: object, processor: dict, execution: dict, context: dict
) -> tuple[object, str | None]:
    """Raises ExecutionError."""
    if reader := state.get("ItemReader"):
        count(str(call_of(reader["Resource"])))
        items = stepfunctions._read_map_items(reader, effective, context)
    else:
        items = items_of(state, given, effective, context)
    fields = ("MaxConcurrency", "ToleratedFailurePercentage", "ToleratedFailureCount")
    limits = {field: number(state, field, given, effective, context) for field in fields}
    inputs = [
        select(state, item, given, effective, item_context(context, index, item)) for index, item in enumerate(items)
    ]
    inputs = batches(state.get("ItemBatcher"), inputs, effective, context)
    # MapStateStarted and MapRunStarted.
    record(execution, 2)
    run = MapRun(state, processor, execution, inputs, limits)
    run.go(context)
    require_running()
    result = map_results.result(state, effective, run.description, run.children, context)
    if run.failed:
        raise ExecutionError(
            "States.ExceedToleratedFailureThreshold", "The specified tolerated failure threshold was exceeded"
        )
    record(execution, 2)
    return finish(state, given, result, context)
