"""Options that say how an input is to be read, the same for every command that reads one."""

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Annotated, Any

import typer

from rollcall.intake.reading import FORMATS, Reading

Sources = Annotated[
    list[str],
    typer.Argument(
        metavar="FILE|s3://…|-…",
        help="Items: .jsonl, .csv, .tsv, .json (also .gz, …) or .parquet; several are one input, - is standard input.",
    ),
]
IdFrom = Annotated[str, typer.Option("--id-from", metavar="COLUMN", help="The column that is the id.")]
DataType = Annotated[str, typer.Option("--data-type", metavar="TYPE", help="The data type of all items.")]
DataTypeFrom = Annotated[
    str, typer.Option("--data-type-from", metavar="COLUMN", help="The column that is the data type.")
]
DataTypeFromKey = Annotated[
    str,
    typer.Option(
        "--data-type-from-key",
        metavar="REGEX",
        help="Its group is the data type in a key below a prefix.",
    ),
]
Load = Annotated[bool, typer.Option("--load", help="Each object below a prefix is a file of items.")]
Map = Annotated[
    list[str] | None, typer.Option("--map", metavar="FIELD=COLUMN", help="The column that becomes a field.")
]
Text = Annotated[str, typer.Option("--text", metavar="C,C,…", help="Columns whose cells are text.")]
Number = Annotated[str, typer.Option("--number", metavar="C,C,…", help="Columns whose cells are numbers.")]
Encoding = Annotated[str, typer.Option("--encoding", help="Of a text that is not UTF-8: cp1252, latin-1, utf-16, …")]
Delimiter = Annotated[str, typer.Option("--delimiter", help="What separates cells: ; or | or tab.")]
Format = Annotated[str, typer.Option("--format", help=f"Where the name does not tell it: {', '.join(FORMATS)}.")]


def reading_of(
    *,
    id_from: IdFrom = "",
    data_type: DataType = "",
    data_type_from: DataTypeFrom = "",
    map: Map = None,
    text: Text = "",
    number: Number = "",
    encoding: Encoding = "",
    delimiter: Delimiter = "",
    format: Format = "",
    load: Load = False,
    data_type_from_key: DataTypeFromKey = "",
) -> Reading:
    """Raises InputRefused for what contradicts itself, BadParameter for what is written wrongly."""
    return Reading(
        id_from,
        data_type,
        data_type_from,
        dict(pair(each) for each in map or []),
        listed(text),
        listed(number),
        encoding,
        {"tab": "\t", "\\t": "\t"}.get(delimiter, delimiter),
        format,
        load,
        data_type_from_key,
    )


def with_reading(command: Callable[..., None]) -> Callable[..., None]:
    """A command whose parameter `reading` is made of the options of `reading_of`, which stand in its place."""
    own, options = signature(command), signature(reading_of).parameters

    @wraps(command)
    def run(**given: Any) -> None:
        said = {name: given.pop(name) for name in options}
        command(**given, reading=reading_of(**said))

    parameters = list(own.parameters.values())
    place = list(own.parameters).index("reading")
    parameters[place : place + 1] = options.values()
    vars(run)["__signature__"] = own.replace(parameters=parameters)
    return run


def pair(given: str) -> tuple[str, str]:
    name, equals, column = given.partition("=")
    if not (name and equals and column):
        raise typer.BadParameter(f"{given!r} is not FIELD=COLUMN, such as spot=price", param_hint="--map")
    return name, column


def listed(given: str) -> tuple[str, ...]:
    return tuple(name for name in given.split(",") if name)
