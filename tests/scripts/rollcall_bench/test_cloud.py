"""The benchmark's cloud has a route for each concurrency, and room for all its workers."""

import socket

import hcl2
import pytest

from embedded_cloud.clouds import LOCAL_SETTINGS, with_blocks
from rollcall_bench import cloud
from rollcall_bench.grid import Cell


def test_every_cell_has_a_route_that_allows_what_it_asks_for():
    cells = [Cell("events", 1, 0, concurrency, book=book) for concurrency in (40, 250) for book in (False, True)]
    text = with_blocks(LOCAL_SETTINGS.read_text(), cloud.as_tfvars([40, 250]), cloud.NEXT_STEP, cloud.NO_READINGS)
    settings = {name.strip('"'): value for name, value in hcl2.loads(text).items()}
    routes = {name.strip('"'): route for name, route in settings["routes"].items()}
    assert [routes[cell.data_type]["max_concurrency"] for cell in cells] == [40, 40, 250, 250]
    assert {route["chunk_size"] for route in routes.values()} == {1}
    assert [name.strip('"') for name in settings["next_steps"]] == [cloud.JOB_TYPE]
    assert settings["readings"] == {}


@pytest.mark.parametrize("concurrency", [1, 40, 100, 1000])
def test_workers_started_by_events_find_room_beside_those_who_wait(concurrency):
    lambdas = cloud.lambdas_for(concurrency)
    assert lambdas - lambdas // 4 >= concurrency + cloud.OTHERS_AT_ONCE


def test_a_port_that_is_taken_is_passed_over(tmp_path, monkeypatch):
    with socket.socket() as taken:
        taken.bind((cloud.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setattr(cloud, "PORTS", range(port, port + 3))
        assert cloud.port_for(tmp_path) in (port + 1, port + 2)
