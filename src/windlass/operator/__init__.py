"""The operator: kopf watches ModelPromotions and wakes the reconciler; nothing else is in here."""
