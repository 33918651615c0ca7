"""The embedded cloud is this machine's own: nothing that the user's shell says of AWS or of the network concerns it."""

import getpass
import os

import pytest

from rollcall_client.environment import Environment, user


@pytest.mark.parametrize("error", [KeyError("uid not found"), OSError("No username set in the environment")])
def test_a_user_without_a_name_has_a_number(monkeypatch, error):
    def no_name():
        raise error

    monkeypatch.setattr(getpass, "getuser", no_name)
    assert user() == str(os.getuid())


@pytest.mark.parametrize("text", ["", "[profile broken", "[default]\nregion = nowhere\nmax_attempts = many"])
def test_no_profile_of_the_users_keeps_anybody_from_the_embedded_cloud(monkeypatch, tmp_path, text):
    file = tmp_path / "config"
    file.write_text(text)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(file))
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    client = Environment("local").client("s3")
    assert client.meta.region_name == "us-east-1"
    assert client._request_signer._credentials.access_key == "test"
