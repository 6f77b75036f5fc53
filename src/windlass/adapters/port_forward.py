"""A way from this machine to a Service of a cluster: `kubectl port-forward`, while it is needed."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from windlass.domain.errors import InputError, SystemUnavailable

_SECONDS = 5.0


@contextmanager
def forwarded(flags: Sequence[str], service: str, port: int) -> Iterator[int]:
    """Yield the local port that leads there; `flags` tell kubectl context and namespace."""
    command = ["kubectl", *flags, "port-forward", "--address", "127.0.0.1"]
    try:
        process = subprocess.Popen(
            [*command, f"service/{service}", f":{port}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    except FileNotFoundError as error:
        raise InputError("install kubectl: it leads to the systems of a cluster") from error
    with process:
        try:
            # like: Forwarding from 127.0.0.1:43211 -> 5000
            said = process.stdout.readline() if process.stdout else ""
            found = said.partition("127.0.0.1:")[2].partition(" ")[0]
            if not found.isdigit():
                why = process.stderr.read() if process.stderr else ""
                raise SystemUnavailable("Kubernetes", f"no way to {service}: {said}{why}".strip())
            yield int(found)
        finally:
            process.terminate()
            process.wait(_SECONDS)
