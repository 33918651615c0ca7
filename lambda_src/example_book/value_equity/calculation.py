"""Values a holding of shares."""

from derivatives.positions import read_share, times
from rollcall.calculations import calculation


@calculation("equity")
def value_equity(item: dict) -> dict:
    """Value and delta of the holding, from `quantity` and `spot`.

    Raises ValueError naming every unfit field.
    """
    quantity, share = read_share(item)
    return times(quantity, {"value": share.spot, "delta": 1.0})
