"""Runs the flow of a pod: `python -m windlass.flows.engine`.

Prefect's engine, which starts in half the time of `prefect flow-run execute`; see `termination`.
It would also run what is over or running already: a Job that came late, or twice, does nothing.
"""

import gc
import runpy
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prefect.client.schemas.objects import State


def may_begin(state: "State") -> bool:
    """Whether nobody has begun with a run, or ended it."""
    return state.is_scheduled() or state.is_pending()


def main() -> None:
    """Run the flow run that the environment names."""
    # what is imported stays: looking for garbage among it takes a fifth of the start
    gc.disable()
    from windlass.flows import termination

    termination.ask_the_server()
    if (said := termination.known_state()) is not None and not may_begin(said):
        print(f"the flow run is {said.name} already: nothing to do here")  # noqa: T201 # the pod's log
        return
    gc.freeze()
    gc.enable()
    runpy.run_module("prefect.engine", run_name="__main__")


if __name__ == "__main__":
    main()
