"""What the API server refuses is told in its own words, or in those of a policy."""

import json

import pytest
from kubernetes.client import ApiException

from windlass.adapters.kubernetes_client import converted
from windlass.domain.errors import InputError, SystemUnavailable

POLICY = (
    'modelpromotions.windlass.dev "v7" is forbidden: ValidatingAdmissionPolicy'
    " 'windlass.windlass.windlass.dev' with binding 'windlass.windlass.windlass.dev'"
    " denied request: user bob may not approve: that needs the verb approve"
)


def refusal(code: int, body: str) -> ApiException:
    error = ApiException(status=code, reason="No")
    error.body = body
    return error


def status(message: str) -> str:
    return json.dumps({"kind": "Status", "status": "Failure", "message": message, "code": 403})


@pytest.mark.parametrize(
    ("code", "body", "said"),
    [
        (403, status(POLICY), "x is not allowed: user bob may not approve: that needs the verb"),
        (403, status("jobs is forbidden: no"), "x is not allowed: jobs is forbidden: no$"),
        (422, status("spec.gates: too\n many"), "x: spec.gates: too many$"),
        (422, "no JSON", "x: no JSON$"),
        (422, "[]", r"x: \[\]$"),
        (400, status("a" * 5000), f"x: {'a' * 1000}$"),
    ],
)
def test_a_refusal_is_told_without_its_envelope(code: int, body: str, said: str) -> None:
    with pytest.raises(InputError, match=f"^{said}"), converted("x"):
        raise refusal(code, body)


def test_an_outage_is_none_of_the_users() -> None:
    with pytest.raises(SystemUnavailable, match="x: HTTP 503 down"), converted("x"):
        raise refusal(503, status("down"))
