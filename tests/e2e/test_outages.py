"""Every stateful system is killed: it is back in half a minute, with all that it had taken."""

import pytest

from tests.e2e.conftest import kill
from tests.support.kube import until
from tests.support.release import Release

pytestmark = pytest.mark.e2e

COMPONENTS = ("postgresql", "redis", "minio", "prefect-server", "mlflow", "prefect-worker")

WRITE = {
    "postgresql": (
        "import psycopg2; from windlass.bootstrap.clients import feature_database as d;"
        " from windlass.bootstrap.environment import settings as s;"
        " c = psycopg2.connect(d(s().postgresql)); q = c.cursor();"
        " q.execute('CREATE TABLE IF NOT EXISTS kept (x int)');"
        " q.execute('INSERT INTO kept VALUES (1)'); c.commit()"
    ),
    "redis": (
        "from windlass.bootstrap.clients import redis_client as r;"
        " from windlass.bootstrap.environment import settings as s;"
        " r(s().redis).write('e2e:kept', 'text', '1')"
    ),
    "minio": (
        "from windlass.bootstrap.clients import open_s3 as o;"
        " from windlass.bootstrap.environment import settings as s;"
        " o(s().objects, 'windlass').put('e2e/kept', b'1')"
    ),
}
READ = {
    "postgresql": (
        "import psycopg2; from windlass.bootstrap.clients import feature_database as d;"
        " from windlass.bootstrap.environment import settings as s;"
        " q = psycopg2.connect(d(s().postgresql)).cursor();"
        " q.execute('SELECT max(x) FROM kept'); print(q.fetchone()[0])"
    ),
    "redis": (
        "from windlass.bootstrap.clients import redis_client as r;"
        " from windlass.bootstrap.environment import settings as s;"
        " print(r(s().redis).read('e2e:kept', 'text'))"
    ),
    "minio": (
        "from windlass.bootstrap.clients import open_s3 as o;"
        " from windlass.bootstrap.environment import settings as s;"
        " print(o(s().objects, 'windlass').get('e2e/kept').decode())"
    ),
}


@pytest.mark.parametrize("component", COMPONENTS)
def test_killed_with_9_it_is_back_with_its_data(windlass: Release, component: str) -> None:
    if component in WRITE:
        _inside(windlass, WRITE[component])
    before = _restarts(windlass, component)
    kill(windlass.pod(component)["metadata"]["uid"])
    until(lambda: _restarts(windlass, component) > before, 30, f"the restart of {component}")
    until(lambda: windlass.is_up(component), 30, f"{component} being Ready")
    kept = _inside(windlass, READ[component]) if component in READ else "1"
    assert kept.strip() == "1"


def test_the_platform_works_after_all_of_it(windlass: Release) -> None:
    said = windlass.kube.helm("test", windlass.name, "--logs", "--timeout", "5m")
    assert "object store: " in said


def _inside(windlass: Release, program: str) -> str:
    target = f"deploy/{windlass.name}-prefect-worker -c keeper"
    return windlass.kube.execute(target, "python", "-c", program)


def _restarts(windlass: Release, component: str) -> int:
    statuses = windlass.pod(component)["status"]["containerStatuses"]
    return sum(status["restartCount"] for status in statuses)
