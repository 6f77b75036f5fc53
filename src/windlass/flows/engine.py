"""Runs the flow of a pod: `python -m windlass.flows.engine`.

Prefect's engine, which starts in half the time of `prefect flow-run execute`; see `termination`.
"""

import gc
import runpy


def main() -> None:
    """Run the flow run that the environment names."""
    # what is imported stays: looking for garbage among it takes a fifth of the start
    gc.disable()
    from windlass.flows import termination

    termination.ask_the_server()
    gc.freeze()
    gc.enable()
    runpy.run_module("prefect.engine", run_name="__main__")


if __name__ == "__main__":
    main()
