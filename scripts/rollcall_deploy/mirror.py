"""Find a provider mirror on this machine, so that Terraform needs no network, and tell Terraform of it."""

from collections.abc import Iterator, Mapping
from pathlib import Path

PROVIDER = Path("registry.terraform.io/hashicorp/aws")


def candidates(environment: Mapping[str, str], top: Path = Path("/")) -> Iterator[Path]:
    """Folders that may be a mirror, the most wanted first: TF_PLUGIN_MIRROR, Terraform's own plugin folders, and
    whatever lies one or two levels below /opt."""
    if environment.get("TF_PLUGIN_MIRROR"):
        yield Path(environment["TF_PLUGIN_MIRROR"])
    home = Path(environment.get("HOME", top / "root"))
    yield home / ".terraform.d" / "plugins"
    yield Path(environment.get("XDG_DATA_HOME", home / ".local" / "share")) / "terraform" / "plugins"
    yield top / "usr/local/share/terraform/plugins"
    yield top / "usr/share/terraform/plugins"
    for pattern in ("*/registry.terraform.io", "*/*/registry.terraform.io"):
        yield from (found.parent for found in sorted((top / "opt").glob(pattern)))


def find_mirror(environment: Mapping[str, str], top: Path = Path("/")) -> Path | None:
    """The first candidate that holds the AWS provider, or None."""
    return next((folder for folder in candidates(environment, top) if (folder / PROVIDER).is_dir()), None)


def write_cli_config(folder: Path, environment: Mapping[str, str], top: Path = Path("/")) -> dict[str, str]:
    """Write Terraform's CLI configuration into `folder`; the variables that make Terraform use it.

    The environment's own TF_CLI_CONFIG_FILE counts only when there is no mirror and the file it names exists.
    """
    mirror = find_mirror(environment, top)
    own = environment.get("TF_CLI_CONFIG_FILE", "")
    if mirror is None and own and Path(own).is_file():
        return {}
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "cli.tfrc"
    config.write_text(mirror_config(mirror) if mirror else cache_config(folder / "providers"))
    return {"TF_CLI_CONFIG_FILE": str(config)}


def mirror_config(mirror: Path) -> str:
    """The AWS provider comes from the mirror alone, anything else from its registry."""
    return f"""\
provider_installation {{
  filesystem_mirror {{
    path    = "{mirror}"
    include = ["{PROVIDER}"]
  }}
  direct {{
    exclude = ["{PROVIDER}"]
  }}
}}
"""


def cache_config(cache: Path) -> str:
    """Without a mirror the provider (700 MB) is downloaded once, not once per environment."""
    cache.mkdir(parents=True, exist_ok=True)
    return f'plugin_cache_dir = "{cache}"\n'
