"""The terminal: words and tables for people go to stderr, so that stdout is left to machines."""

from rich import box
from rich.console import Console
from rich.table import Table

console = Console(stderr=True, highlight=False, emoji=False)  # :smile: in somebody's data stays what it is
if not console.is_terminal:
    console.width = 120  # a log file has no width of its own; 80 columns would cut the tables


def table_of(title: str, *headings: str, left: int = 1) -> Table:
    """An empty table whose first `left` columns hold words and the others numbers."""
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="left" if number < left else "right", no_wrap=True)
    return table
