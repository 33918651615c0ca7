"""The emulator's evaluator of policies, completed.

AWS, "IAM JSON policy elements: Variables and tags": ${*}, ${?} and ${$} stand for the characters themselves.
AWS, "AWS global condition context keys": aws:PrincipalArn of a session is the ARN of its role.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from ministack.core import iam_evaluator
from ministack.services import iam

from embedded_cloud.extension.replacing import around, instead

TOKEN = re.compile(r"\$\{([*?$])\}|([*?])|(.)", re.DOTALL)
WILDCARDS = {"*": ".*", "?": "."}
POLICIES_KEPT = 4096


@instead(iam_evaluator, "_fnmatch_compile")
@lru_cache(maxsize=POLICIES_KEPT)
def compiled(pattern: str, ignore_case: bool) -> re.Pattern:
    def translate(found: re.Match) -> str:
        quoted, wildcard, other = found.groups()
        return WILDCARDS[wildcard] if wildcard else re.escape(quoted or other)

    return re.compile(f"^{TOKEN.sub(translate, pattern)}$", re.DOTALL | (re.IGNORECASE if ignore_case else 0))


@around(iam_evaluator, "parse_policy_document")
def parse_once(parse: Callable, document: str | dict) -> list:
    """Roles keep the text of their policies, and each of their calls is checked."""
    return _parsed(parse, document) if isinstance(document, str) else parse(document)


@lru_cache(maxsize=POLICIES_KEPT)
def _parsed(parse: Callable, document: str) -> list:
    return parse(document)


@around(iam_evaluator, "_resolve_condition_key")
def value_of_key(resolve: Callable, key: str, context: Any) -> object:
    """None when a request does not carry the key."""
    own = _OWN_KEYS.get(key.lower())
    return own(context) if own else resolve(key, context)


def _principal_arn(context: Any) -> str | None:
    arn = context.principal_arn
    if context.principal_type == "Service":
        return None
    if context.principal_type != "AssumedRole":
        return arn
    role = iam._roles.get(iam_evaluator._role_name_from_assumed_arn(arn))
    return role["Arn"] if role else arn


_OWN_KEYS = {
    "aws:principalarn": _principal_arn,
    "aws:principalisawsservice": lambda context: str(context.principal_type == "Service").lower(),
    # Everything stays on this machine, where there is nothing to encrypt for.
    "aws:securetransport": lambda context: "true",
}
