"""The terminal: words and tables for people go to stderr, so that stdout is left to machines."""

from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

CONTROLS = {number: repr(chr(number))[1:-1] for number in (*range(32), *range(127, 160)) if chr(number) not in "\n\t"}


class AsItIs(Console):
    """Shows data as it is: [red] and :smile: in it mean nothing, and what would steer the terminal is written out.

    What is to have a colour is a Text, or has a style.
    """

    def __init__(self) -> None:
        super().__init__(stderr=True, markup=False, highlight=False, emoji=False)

    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str(text.translate(CONTROLS), **options)


console = AsItIs()
if not console.is_terminal:
    console.width = 120  # a log file has no width of its own; 80 columns would cut the tables


def say(sentence: str, style: str = "") -> None:
    """One that no width of the terminal breaks."""
    console.print(sentence, style=style, soft_wrap=True)


def table_of(title: str | Text, *headings: str, left: int = 1) -> Table:
    """An empty table whose first `left` columns hold words and the others numbers."""
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="left" if number < left else "right", no_wrap=True)
    return table
