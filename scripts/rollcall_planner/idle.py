"""What an environment costs while no job runs, in USD a month of us-east-1."""

from rollcall_planner.profiles import Profile, price

MONTH_S = 365.25 / 12 * 86_400
SWEEP_S, SWEEP_GB = 0.3, 0.5  # the time is assumed: one look for open jobs, and none are there
QUEUES_BESIDES = 3  # settlements, the undelivered, and the dead letters of the catch-all


def idle_usd_per_month(profile: Profile) -> dict[str, float]:
    """{"a_route", "besides"}: Lambda asks on for the dead letters of each route and for settlements, and sweeps go on.

    A queue that is read by a function is polled at all times, by as many long polls as Lambda begins with, at most.
    """
    polls = MONTH_S / profile.quotas["sqs_long_poll_s"] * profile.quotas["esm_initial"]
    a_queue = polls * price("sqs", "standard_request") / 1e6
    a_sweep = price("lambda", "request") / 1e6 + SWEEP_S * SWEEP_GB * price("lambda", "gb_second_arm")
    return {"a_route": a_queue, "besides": QUEUES_BESIDES * a_queue + MONTH_S / 60 * a_sweep}
