"""Every role's policies in every environment, whole, before two tools that know what can be wrong with them.

    python scripts/policies.py TOOLS

TOOLS is the folder with the commands parliament (mistakes: unknown actions, resources that fit none) and cloudsplaining
(risks: ways to more rights, to data, to credentials). Exit code: 0 when all they find has a reason in
policy_findings.yaml.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from applied import applied
from rollcall_deploy.__main__ import known_environments, terraform_for
from rollcall_deploy.errors import Refused

ROOT = Path(__file__).resolve().parent.parent
REASONS = Path(__file__).with_name("policy_findings.yaml")
FOLDER = ROOT / "build" / "policies-found"
RISKS = (
    *("PrivilegeEscalation", "DataExfiltration", "ResourceExposure", "CredentialsExposure", "ServiceWildcard"),
    "InfrastructureModification",
)


@dataclass(frozen=True)
class Finding:
    """`what` is the tool's name for it, `action` what it is about."""

    tool: str
    what: str
    action: str


def main(tools: Path) -> int:
    try:
        roles = [role for env in known_environments() for role in roles_of(env)]
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    file = FOLDER / "roles.json"
    details = {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": roles, "Policies": []}
    file.write_text(json.dumps(details))
    found: dict[Finding, str] = {}
    for finding, role in [*by_parliament(tools, file), *by_cloudsplaining(tools, file)]:
        found.setdefault(finding, role)
    wrong = list(unexplained(found, reasons()))
    for sentence in wrong:
        print(sentence, file=sys.stderr)
    if not wrong:
        print(f"parliament and cloudsplaining: {len(roles)} roles, {len(found)} kinds of findings, each with a reason")
    return 1 if wrong else 0


def roles_of(env: str) -> list[dict]:
    """As IAM's GetAccountAuthorizationDetails gives them; the environment stands in the path."""
    terraform = terraform_for(env, None, offline=True)
    resources = applied(
        terraform.stage.folder,
        lambda: terraform.call("test", "-json", "-verbose", *terraform.variables, quiet=True).stdout,
    )
    made = {address: values for address, values in resources.items() if ".aws_iam_role." in address}
    policies: dict[str, list[dict]] = {}
    for address, values in resources.items():
        if ".aws_iam_role_policy." in address:
            policy = {"PolicyName": values["name"], "PolicyDocument": json.loads(values["policy"])}
            policies.setdefault(values["role"], []).append(policy)
    # An id that AWS would give is made up, and not the name that it is there.
    return [
        detail(env, values, [each for key in (values["name"], values["id"]) for each in policies.get(key, [])])
        for values in made.values()
    ]


def detail(env: str, role: dict, policies: list[dict]) -> dict:
    return {
        "Path": f"/{env}/",
        "RoleName": role["name"],
        "RoleId": f"AROA{role['name']}",
        "Arn": f"arn:aws:iam::123456789012:role/{role['name']}",
        "CreateDate": "2026-01-01T00:00:00Z",
        "AssumeRolePolicyDocument": json.loads(role["assume_role_policy"]),
        "InstanceProfileList": [],
        "RolePolicyList": policies,
        "AttachedManagedPolicies": [],
        "Tags": [],
    }


def by_parliament(tools: Path, file: Path) -> Iterator[tuple[Finding, str]]:
    """(finding, role); it exits with 1 when it finds something."""
    command = [str(tools / "parliament"), "--auth-details-file", str(file), "--json"]
    # Python warns of what parliament imports.
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"PYTHONWARNINGS": "ignore"})
    if done.returncode not in (0, 1) or done.stderr.strip():
        raise SystemExit(f"parliament failed: {done.stderr}")
    for line in map(json.loads, done.stdout.splitlines()):
        told = line["detail"] if isinstance(line["detail"], list) else [line["detail"]]
        actions = sorted({each.get("action", "") if isinstance(each, dict) else str(each) for each in told})
        for action in actions:
            yield Finding("parliament", line["issue"], action), line["location"].get("filepath", "")


def by_cloudsplaining(tools: Path, file: Path) -> Iterator[tuple[Finding, str]]:
    command = [str(tools / "cloudsplaining"), "scan", "--input-file", str(file), "--output", str(FOLDER)]
    done = subprocess.run([*command, "--skip-open-report"], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"cloudsplaining failed: {done.stderr}")
    results = json.loads((FOLDER / f"iam-results-{file.stem}.json").read_text())
    for policy in results["inline_policies"].values():
        for what in RISKS:
            for finding in policy[what]["findings"]:
                action = finding if isinstance(finding, str) else finding["type"]
                yield Finding("cloudsplaining", what, action), policy["AttachedTo"]["roles"][0]


def reasons() -> dict[Finding, str]:
    entries = yaml.safe_load(REASONS.read_text(encoding="utf-8"))
    return {
        Finding(entry["tool"], entry["what"], action): entry["reason"]
        for entry in entries
        for action in entry["actions"]
    }


def unexplained(found: dict[Finding, str], known: dict[Finding, str]) -> Iterator[str]:
    for each, role in found.items():
        if each not in known:
            yield (
                f"{each.tool}: {each.what}: {each.action or 'the policy'} of {role}; correct the policy, or give the "
                f"reason in scripts/{REASONS.name}"
            )
    for each in known.keys() - found.keys():
        yield f"scripts/{REASONS.name}: {each.tool} finds no {each.what} of {each.action} any more; remove the entry"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
