"""Settings of a program's own cloud: those of this machine's environment, some of them replaced."""

from embedded_cloud.clouds import with_blocks

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
