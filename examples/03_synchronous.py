"""Tasks that are called run one after another, each when the one before is done."""

import time

from prefect import flow, task

SECONDS = 0.3


@task
def train(model: str) -> str:
    """Stands for work that takes its time."""
    time.sleep(SECONDS)
    return f"{model} trained"


@flow(name="example-03-synchronous", log_prints=True)
def one_after_another(models: tuple[str, ...] = ("linear", "forest", "boosted")) -> list[str]:
    """Three trainings take three times as long as one."""
    began = time.monotonic()
    done = [train(model) for model in models]
    print(f"{', '.join(done)}: {(time.monotonic() - began) / SECONDS:.1f} times {SECONDS} s")
    return done


if __name__ == "__main__":
    one_after_another()
