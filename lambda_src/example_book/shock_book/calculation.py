"""Reprices the whole book of a job under one scenario."""

from derivatives.positions import read_shock
from rollcall.calculations import Job, calculation
from shock_book.book import read_book


@calculation("scenario")
def shock_book(item: dict, job: Job) -> dict:
    """Profit and loss of the job's book under the scenario's shock.

    Returns `base_value`, `shocked_value`, `pnl` (their difference), the number of `positions`
    repriced, and how many were `left_out` because no model serves them or a field is unfit (their
    own calculation says why). Raises ValueError naming every unfit field of the scenario, or if the
    job has no input file.
    """
    shock = read_shock(item)
    if not job.input:
        raise ValueError("the job's items came with the request, so there is no book to reprice: submit them as a file")
    book = read_book(job.input, job.id)
    shocked_value = book.value_under(shock)
    return {
        "base_value": book.base_value,
        "shocked_value": shocked_value,
        "pnl": shocked_value - book.base_value,
        "positions": len(book.positions),
        "left_out": book.left_out,
    }
