"""python -m rollcall_iam

Prints each permission that the platform gives and the test that used it; runs the tests first unless a run with
`--permissions` has left its recording. Exits with 1 when a call was refused or a permission is unused.
"""

import subprocess
import sys

from embedded_cloud.settings import PROJECT
from rollcall_iam import permissions, recordings, usage

RECORD = ("-m", "pytest", "--permissions", "--numprocesses", "2", "--dist", "loadgroup", "tests/end_to_end")


def main() -> int:
    if not recordings.usable():
        print("no recording of the calls is as new as the code; making one: the end-to-end tests …", flush=True)
        subprocess.run([sys.executable, *RECORD], cwd=PROJECT)
    if not recordings.usable():
        print("the tests came to no end; see what they say, then run: make iam", file=sys.stderr)
        return 1
    deployed = permissions.read(recordings.STATE)
    used = usage.of_recordings(recordings.CALLS.glob("*.jsonl"), deployed)
    excused = usage.exceptions()
    for line in usage.table(deployed, used, excused):
        print(line)
    found = usage.problems(deployed, used, excused)
    print(f"{len(deployed.resources)} permissions of {len(set(deployed.holders.values()))} holders")
    for sentence in found:
        print(sentence, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
