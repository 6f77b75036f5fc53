"""A flow that does nothing for long, for tests that end it."""

import time

from prefect import flow


@flow
def sleepy() -> None:
    """Sleep; a signal interrupts it."""
    time.sleep(120)
