"""What an operator's change to the routes of dev plans, and nothing besides."""


def without_route(addresses, data_type: str) -> set[str]:
    return {address for address in addresses if f'["{data_type}"]' not in address}


def test_a_new_route_adds_resources_of_its_own_and_touches_no_other(planned):
    before, after = planned("dev"), planned("dev_with_a_new_route")
    added = after.keys() - before.keys()
    assert added and without_route(added, "equity.us") == set()
    assert {address: after[address] for address in before} == before


def test_a_type_moves_to_fargate_by_one_changed_line_and_touches_no_other(planned):
    before, after = planned("dev_with_room"), planned("dev_with_equity_on_fargate")
    changed = {address for address in before.keys() | after.keys() if before.get(address) != after.get(address)}
    assert without_route(changed, "equity") == set()
    assert 'module.compute_fargate.aws_ecs_task_definition.worker["equity"]' in changed
    assert 'module.compute_lambda.module.function["equity"].aws_lambda_function.this' in changed


def test_the_first_container_route_of_an_environment_adds_only_itself_and_its_image(planned):
    before, after = planned("dev_without_containers"), planned("dev_with_its_first_container")
    added = after.keys() - before.keys()
    assert without_route(added, "option.american") == {
        'module.image_repository.aws_ecr_repository.this["rollcall-worker"]',
        'module.image_repository.aws_ecr_lifecycle_policy.this["rollcall-worker"]',
    }
    assert {address: after[address] for address in before} == before
