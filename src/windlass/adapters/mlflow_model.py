"""The normal MLflow model that training logs for everybody else; our serving reads bundles.

Only training imports this module: it needs the whole of MLflow.
"""

import tempfile
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from windlass.adapters.mlflow_tracking import MODEL_FOLDER

if TYPE_CHECKING:
    from catboost import CatBoost
    from pandas import DataFrame

_REQUIREMENTS = ("mlflow", "catboost", "numpy", "pandas", "scikit-learn")
"""Named here because MLflow would find them by loading the model in a process of its own."""


def mlflow_model_files(model: "CatBoost", example: "DataFrame") -> dict[str, bytes]:
    """Files of an MLflow model with signature and input example, as artifacts of a run."""
    import mlflow.catboost
    from mlflow.models import infer_signature

    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        # MLflow's own use of pandas, and advice about columns that people who log models get
        warnings.simplefilter("ignore")
        target = Path(folder, MODEL_FOLDER)
        mlflow.catboost.save_model(
            model,
            str(target),
            signature=infer_signature(example, model.predict(example)),
            input_example=example,
            pip_requirements=[f"{name}=={version(name)}" for name in _REQUIREMENTS],
        )
        return {
            file.relative_to(folder).as_posix(): file.read_bytes()
            for file in sorted(target.rglob("*"))
            if file.is_file()
        }
