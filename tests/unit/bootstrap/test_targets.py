"""What a release's own variables say about its systems."""

import pytest
from pydantic import ValidationError

from windlass.bootstrap.targets import connections_of


def test_variables_become_the_settings_that_a_pod_reads_from_them() -> None:
    found = connections_of(
        {
            "WINDLASS_MLFLOW__URL": "http://crane-mlflow:5000",
            "WINDLASS_MLFLOW__PASSWORD": "quiet",
            "WINDLASS_REDIS__PORT": "6380",
            "WINDLASS_CLUSTER__RELEASE": "crane",
            "HOME": "/tmp",
        }
    )
    assert found.mlflow.url == "http://crane-mlflow:5000"
    assert found.mlflow.password.get_secret_value() == "quiet"
    assert found.redis.port == 6380
    assert found.objects.bucket == "windlass"


def test_a_release_of_another_version_is_not_guessed_at() -> None:
    with pytest.raises(ValidationError, match="planet"):
        connections_of({"WINDLASS_MLFLOW__PLANET": "mars"})
