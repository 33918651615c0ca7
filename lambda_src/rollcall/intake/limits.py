"""How large an item may be."""

from rollcall.intake.problems import Problem

MAX_ITEM_BYTES = 10_000_000
TOO_LARGE = Problem(
    f"an item of more than {MAX_ITEM_BYTES // 1_000_000} MB",
    "put what is large into S3, and its address into the item",
)
