"""`ModelPromotion`: its spec, its status, and the pure function that decides what happens next."""
