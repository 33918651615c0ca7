"""The embedded cloud: AWS on this machine, without an account and without Docker.

`lifecycle` starts and stops it, `server` is the process it runs, `extension` adds to the
emulator what it lacks. Nothing that is deployed to AWS imports any of this.
"""
