"""The least a Python server can do with the same model: Starlette, no bundle, no split, no counts.

`python -m benchmarks.servers.bare MODEL_FILE PORT`.
"""

import sys
from pathlib import Path

import uvicorn
from catboost import CatBoostRegressor
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from benchmarks.servers.catboost_model import read_model, score_row


def application(model: CatBoostRegressor) -> Starlette:
    """Serve a model that is loaded."""

    async def predict(request: Request) -> Response:
        return JSONResponse({"prediction": score_row(model, await request.json())})

    async def invocations(request: Request) -> Response:
        rows = (await request.json())["dataframe_split"]["data"]
        return JSONResponse({"predictions": model.predict(rows, thread_count=1).tolist()})

    async def ready(_: Request) -> Response:
        return Response(b"ready")

    routes = [
        Route("/predict", predict, methods=["POST"]),
        Route("/invocations", invocations, methods=["POST"]),
        Route("/ping", ready),
    ]
    return Starlette(routes=routes)


def main(model_file: str, port: str) -> None:
    """Serve until killed."""
    uvicorn.run(
        application(read_model(Path(model_file).read_bytes())),
        host="127.0.0.1",
        port=int(port),
        http="httptools",
        loop="uvloop",
        access_log=False,
        log_level="warning",
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
