"""Fail when an environment lacks what Windlass, Prefect or MLflow import: run after pruning."""

import warnings
from importlib import import_module

warnings.simplefilter("ignore")
MODULES = """
asyncpg boto3 catboost fakeredis httptools hyperopt kopf kubernetes kubernetes_asyncio lightgbm
matplotlib.pyplot mlflow mlflow.catboost mlflow.lightgbm mlflow.server.auth
mlflow.server.fastapi_app mlflow.sklearn pandas pandera.pandas prefect.engine
prefect.server.api.server prefect_kubernetes
psycopg2 pyarrow.dataset pyarrow.parquet redis scipy.stats sklearn.ensemble uvloop
"""
for module in MODULES.split():
    import_module(module)
