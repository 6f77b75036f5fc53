"""What will a litre of milk cost next month? CatBoost over all series of a price survey."""
