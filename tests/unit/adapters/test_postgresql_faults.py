import psycopg2
import pytest

from windlass.adapters import postgresql
from windlass.domain.errors import InputError, SystemUnavailable


@pytest.mark.parametrize(
    ("said", "fault", "advice"),
    [
        (
            'FATAL:  password authentication failed for user "prefect"\n',
            InputError,
            "kubectl rollout restart statefulset",
        ),
        ('FATAL:  no pg_hba.conf entry for host "10.0.0.1"', InputError, "mend its pg_hba.conf"),
        ("connection refused\n\tIs the server running?", SystemUnavailable, "Is the server"),
    ],
)
def test_a_refusal_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, said: str, fault: type[Exception], advice: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise psycopg2.OperationalError(said)

    monkeypatch.setattr(psycopg2, "connect", refuse)
    with pytest.raises(fault, match=advice):
        postgresql.check()
