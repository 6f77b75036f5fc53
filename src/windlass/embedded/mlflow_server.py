"""The MLflow server as one process: `python -m windlass.embedded.mlflow_server FOLDER PORT`.

`mlflow server` imports its command line, migrates, and imports everything again in the process that
it starts; this is the same application on a database from `templates`. The variables by which that
command tells its application what to do are private to MLflow: an integration test starts ours.
Without a port it only makes the template.
"""

import gc
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from windlass.bootstrap.environment import adopt
from windlass.embedded.addresses import HOST
from windlass.embedded.templates import provide, template_of

DATABASE = "mlflow.db"


def main(arguments: Sequence[str]) -> None:
    """Serve until SIGTERM."""
    folder, *port = arguments
    database = Path(folder, DATABASE)
    adopt(variables(Path(folder)))
    # a fifth of the start is the collector looking through what will never be garbage
    gc.disable()
    provide(database, template_of("mlflow"), lambda: _migrate(database))
    if port:
        import uvicorn

        config = uvicorn.Config(
            "mlflow.server.fastapi_app:app", host=HOST, port=int(port[0]), log_level="warning"
        )
        config.load()
        gc.freeze()
        gc.enable()
        uvicorn.Server(config).run()


def variables(folder: Path) -> dict[str, str]:
    """What `mlflow server --backend-store-uri … --artifacts-destination …` would set."""
    return {
        "_MLFLOW_SERVER_FILE_STORE": _address(folder / DATABASE),
        "_MLFLOW_SERVER_ARTIFACT_ROOT": "mlflow-artifacts:/",
        "_MLFLOW_SERVER_ARTIFACT_DESTINATION": str(folder / "artifacts"),
        "_MLFLOW_SERVER_SERVE_ARTIFACTS": "true",
        "_MLFLOW_SGI_NAME": "uvicorn",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    }


def _migrate(database: Path) -> None:
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    create: Callable[[str, str], object] = SqlAlchemyStore
    create(_address(database), "mlflow-artifacts:/")


def _address(database: Path) -> str:
    return f"sqlite:///{database}"


if __name__ == "__main__":
    main(sys.argv[1:])
