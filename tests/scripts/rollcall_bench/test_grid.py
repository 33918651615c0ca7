"""What is measured, in which order, and that the standard grid fits into its time."""

from itertools import groupby

import pytest

from rollcall.engines import Engine
from rollcall_bench import grid
from rollcall_bench.grid import Cell, Planned


def test_the_ideal_is_full_waves_of_the_route():
    assert Cell("events", 1000, 1, 40).ideal_s == 25
    assert Cell("events", 1001, 1, 100).ideal_s == 11
    assert Cell("events", 1, 5, 40).ideal_s == 5


def test_an_inline_map_is_expected_to_have_no_more_than_forty_at_once():
    held, free = (Cell(engine, 1000, 1, 100).expected_s for engine in (Engine.MAP, Engine.DISTRIBUTED_MAP))
    assert held - free == pytest.approx(15)


def test_engines_are_asked_only_for_what_they_can_do():
    engines = {cell.engine for cell in grid.cells(Engine, [10_000], [0], [40])}
    assert engines == {Engine.EVENTS, Engine.DISTRIBUTED_MAP, Engine.CHUNKED}
    assert Engine.MAP in {cell.engine for cell in grid.cells(Engine, [10_000], [0], [40], chunk=100)}


def test_engines_take_turns_within_a_size_and_runs_within_the_benchmark():
    planned = [Planned(cell, 2) for cell in grid.cells([Engine.EVENTS, Engine.MAP], [1, 10], [0], [40])]
    order = [(run, cell.items, cell.engine) for cell, run in grid.rounds(planned)]
    one_run = [(1, Engine.EVENTS), (1, Engine.MAP), (10, Engine.EVENTS), (10, Engine.MAP)]
    assert order == [(run, *each) for run in (1, 2) for each in one_run]


def test_cells_may_be_measured_less_often_than_others():
    often, once = Planned(Cell("events", 1, 0, 40), 3), Planned(Cell("events", 9, 0, 40), 1)
    assert [(cell.items, run) for cell, run in grid.rounds([often, once])] == [(1, 1), (9, 1), (1, 2), (1, 3)]


def test_the_standard_grid_fits_into_twenty_minutes_and_uses_them():
    planned = grid.standard()
    expected = grid.PREPARING_SECONDS + grid.duration(planned)
    assert 0.8 * grid.STANDARD_SECONDS < expected <= grid.STANDARD_SECONDS
    assert {each.cell.engine for each in planned} == set(Engine)


def test_engines_that_are_compared_are_measured_equally_often():
    def compared(each: Planned) -> tuple:
        return each.cell.concurrency, each.cell.seconds, each.cell.items, each.cell.chunk

    for planned in (grid.standard(), grid.full()):
        for _, group in groupby(sorted(planned, key=compared), key=compared):
            assert len({each.runs for each in group}) == 1


def test_everything_is_measured_three_times_but_the_million():
    few = [each for each in grid.full() if each.runs < 3]
    assert [(each.cell.items, each.cell.chunk) for each in few] == [(1_000_000, 100)]


def test_a_warm_up_starts_every_worker_of_its_route():
    warm_up = grid.warm_up(Cell("map", 1, 0, 100, chunk=50))
    assert (warm_up.items, warm_up.chunk, warm_up.data_type) == (100, 1, "probe.100")


def test_many_small_jobs_have_all_their_items_together_and_say_so():
    cell = Cell(Engine.EVENTS, 20, 1, 40, 20, jobs=100)
    assert (cell.total, cell.ideal_s) == (2000, 50)
    assert cell.words == "events: 100 jobs of 20 items, 1 s each, 20 a chunk, 40 at once"
    assert grid.small_jobs(100) in {each.cell for each in grid.standard()} & {each.cell for each in grid.full()}
    assert grid.warm_up(cell).jobs == 1
