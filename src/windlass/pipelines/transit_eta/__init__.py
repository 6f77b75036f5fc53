"""When will this vehicle be at its next stops? Boosted trees on distances along the stops ahead."""
