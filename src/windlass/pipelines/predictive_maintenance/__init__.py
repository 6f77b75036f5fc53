"""Will a machine fail within the coming hours? LightGBM and CatBoost on hourly telemetry."""
