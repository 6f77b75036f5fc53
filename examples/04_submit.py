"""Tasks that are submitted run at the same time: `submit` returns a future at once."""

import time

from prefect import flow, task

SECONDS = 0.3


@task
def train(model: str) -> str:
    """Stands for work that takes its time."""
    time.sleep(SECONDS)
    return f"{model} trained"


@flow(name="example-04-submit", log_prints=True)
def side_by_side(models: tuple[str, ...] = ("linear", "forest", "boosted")) -> list[str]:
    """Three trainings take little longer than one; `result` waits for each."""
    began = time.monotonic()
    futures = [train.submit(model) for model in models]
    done = [future.result() for future in futures]
    print(f"{', '.join(done)}: {(time.monotonic() - began) / SECONDS:.1f} times {SECONDS} s")
    return done


if __name__ == "__main__":
    side_by_side()
