"""rollcall pause and rollcall resume."""

from rollcall_cli.command_line import Env, JobId
from rollcall_client import steering
from rollcall_client.environment import Environment, user
from rollcall_terminal import say


def pause(job_id: JobId, env: Env) -> None:
    """Hand out no more of a job.

    What workers have begun is ended and counted.
    """
    steering.pause(Environment(env), job_id, user())
    say(f"job {job_id} is PAUSED; go on with: rollcall resume {job_id}")


def resume(job_id: JobId, env: Env) -> None:
    """Let a paused job go on."""
    steering.resume(Environment(env), job_id, user())
    say(f"job {job_id} is RUNNING again; follow it: rollcall watch {job_id}")
