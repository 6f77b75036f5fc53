"""Users of a model: a pod that asks for predictions all the time, and remembers each answer."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from tests.support.kube import Kube, until
from tests.support.release import is_ready

POD = "users"

_ASK = """
import json, pathlib, sys, threading, time, httpx
url, rate, threads = sys.argv[1], float(sys.argv[2]), 4
place = pathlib.Path(sys.argv[3])
bodies = [json.dumps(body).encode() for body in json.loads((place / "bodies").read_text())]
answers, ended = [], threading.Event()
def user(number):
    with httpx.Client(timeout=10, trust_env=False) as client:
        due = time.monotonic() + number / rate
        turn = number
        while not ended.is_set():
            time.sleep(max(0.0, due - time.monotonic()))
            due = max(due + threads / rate, time.monotonic() - 1)
            turn += threads
            at, begun = time.time(), time.monotonic()
            try:
                answer = client.post(url, content=bodies[turn % len(bodies)])
                code, version = answer.status_code, answer.headers.get("x-model-version", "")
            except httpx.HTTPError as error:
                code, version = 0, repr(error)
            answers.append([at, time.monotonic() - begun, code, version])
crowd = [threading.Thread(target=user, args=(n,)) for n in range(threads)]
[each.start() for each in crowd]
(place / "asking").touch()
while not (place / "enough").exists():
    time.sleep(0.1)
ended.set()
[each.join() for each in crowd]
(place / "written").write_text(json.dumps(answers))
(place / "written").rename(place / "answers")
"""
_START = """
set -e
mkdir -p $PLACE && cat > $PLACE/bodies
setsid python -c "$SCRIPT" $URL $RATE $PLACE > $PLACE/log 2>&1 < /dev/null &
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one request got."""

    at: float
    """Seconds since 1970 when it was sent."""
    seconds: float
    code: int
    """HTTP status; 0: no answer."""
    version: str
    """Version that answered; without an answer, the fault."""


@dataclass(slots=True)
class Traffic:
    """All answers, once it has ended."""

    answers: list[Answer] = field(default_factory=list)

    @property
    def failed(self) -> list[Answer]:
        """Requests that were not answered with a prediction."""
        return [answer for answer in self.answers if answer.code != 200]

    def versions(self, since: float = 0.0, until: float = float("inf")) -> Counter[str]:
        """Who answered requests sent in a span of time."""
        return Counter(each.version for each in self.answers if since <= each.at <= until)


def users(image: str, labels: dict[str, str]) -> dict[str, Any]:
    """The pod; it sits and waits for `asking`."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": POD, "labels": labels},
        "spec": {
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 10001,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": 0,
            "containers": [
                {
                    "name": "users",
                    "image": image,
                    "command": ["python", "-c", "import time; time.sleep(86400)"],
                    "securityContext": {
                        "allowPrivilegeEscalation": False,
                        "readOnlyRootFilesystem": True,
                        "capabilities": {"drop": ["ALL"]},
                    },
                    "resources": {
                        # without, they would be the limits: half of a small node
                        "requests": {"cpu": "10m", "memory": "64Mi"},
                        "limits": {"cpu": "1", "memory": "256Mi"},
                    },
                    "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],
                }
            ],
            "volumes": [{"name": "tmp", "emptyDir": {}}],
        },
    }


def start_users(kube: Kube, image: str, labels: dict[str, str]) -> None:
    """Have the pod."""
    kube.apply(users(image, labels))
    until(lambda: is_ready(kube.get("pod", POD)), 60, "the users' pod")


@contextmanager
def asking(
    kube: Kube, url: str, bodies: Sequence[dict[str, object]], rate: float = 100
) -> Iterator[Traffic]:
    """Ask from inside the cluster, `rate` times a second, until the end of the block."""
    place, found = f"/tmp/{uuid4()}", Traffic()
    given = {"PLACE": place, "SCRIPT": _ASK, "URL": url, "RATE": str(rate)}
    variables = [f"{name}={value}" for name, value in given.items()]
    start = ["exec", "-i", POD, "--", "env", *variables, "sh", "-c", _START]
    kube.kubectl(*start, text=json.dumps(list(bodies)))

    def there(name: str) -> Callable[[], bool]:
        return lambda: name in kube.kubectl("exec", POD, "--", "ls", place).split()

    until(there("asking"), 30, "the first request")
    try:
        yield found
    finally:
        kube.kubectl("exec", POD, "--", "touch", f"{place}/enough")
    until(there("answers"), 30, "the last answer")
    written = json.loads(kube.kubectl("exec", POD, "--", "cat", f"{place}/answers"))
    found.answers += [Answer(*each) for each in written]
