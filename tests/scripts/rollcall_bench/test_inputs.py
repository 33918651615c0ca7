"""The items of a cell: as many as it says, of its own data type."""

import json

from rollcall_bench import inputs
from rollcall_bench.grid import Cell
from run_probe.calculation import run_probe
from value_european.calculation import value_european


def items_of(folder, cell: Cell) -> list[dict]:
    items = [json.loads(line) for line in inputs.write(folder, cell).read_text().splitlines()]
    assert len({item["id"] for item in items}) == cell.items
    assert {item["data_type"] for item in items} == {cell.data_type}
    return items


def test_items_that_sleep_tell_when(tmp_path):
    result = run_probe(items_of(tmp_path, Cell("map", 12, 0.01, 40))[0])
    assert result["ended"] - result["began"] >= 0.01


def test_items_of_no_work_tell_nothing(tmp_path):
    assert "began" not in run_probe(items_of(tmp_path, Cell("map", 3, 0, 40))[0])


def test_a_book_is_of_real_options(tmp_path):
    for items in (1, 30):
        values = [value_european(item) for item in items_of(tmp_path, Cell("map", items, 0, 100, book=True))]
        assert all(value["value"] for value in values)


def test_different_cells_of_items_have_different_files(tmp_path):
    cells = [Cell("map", 3, 0, 40), Cell("map", 3, 1, 40), Cell("map", 4, 0, 40), Cell("map", 3, 0, 100)]
    assert len({inputs.write(tmp_path, cell) for cell in cells}) == len(cells)
