"""How many hours will a ship lie at its berth? LightGBM on one row per call at the port."""
