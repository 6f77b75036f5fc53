"""Kinds of model that this pipeline knows, the plain ones first."""

from typing import Literal

Kind = Literal["historical_mean", "ewma", "polynomial_distance", "xgboost", "lightgbm", "catboost"]
Boosted = Literal["xgboost", "lightgbm", "catboost"]
Naive = Literal["historical_mean", "ewma", "polynomial_distance"]

BASELINES: tuple[Naive, ...] = ("historical_mean", "ewma", "polynomial_distance")
"""Always trained: what a model must beat stands beside it."""
