"""Twin of the Jobs and pods of a namespace."""

from dataclasses import replace
from datetime import timedelta

from windlass.adapters.memory.faults import Faults
from windlass.domain.flow_jobs import FlowJob, FlowPod, Work
from windlass.ports.clock import Clock


class MemoryFlowJobs:
    """FlowJobs port. A test puts Jobs and pods; deleted pods go when their grace is over."""

    def __init__(self, clock: Clock, faults: Faults | None = None) -> None:
        self._clock = clock
        self._faults = faults or Faults()
        self._jobs: dict[str, FlowJob] = {}
        self._pods: dict[str, FlowPod] = {}

    def put(self, *found: FlowJob | FlowPod) -> None:
        """Let Jobs and pods be as given."""
        for one in found:
            if isinstance(one, FlowJob):
                self._jobs[one.name] = one
            else:
                self._pods[one.name] = one

    def vanish(self, *names: str) -> None:
        """Let Jobs and pods be gone, as if somebody else had deleted them."""
        for name in names:
            self._jobs.pop(name, None)
            self._pods.pop(name, None)

    def list(self) -> Work:
        """Read all."""
        with self._faults.call("jobs.list"):
            now = self._clock.now()
            for pod in tuple(self._pods.values()):
                if pod.gone_by is not None and pod.gone_by <= now:
                    del self._pods[pod.name]
            return Work(jobs=tuple(self._jobs.values()), pods=tuple(self._pods.values()))

    def delete_job(self, name: str) -> None:
        """Delete a Job; its pods get their own, long grace."""
        with self._faults.call("jobs.delete_job", write=True):
            if self._jobs.pop(name, None) is None:
                return
            for pod in tuple(self._pods.values()):
                if pod.job == name and pod.gone_by is None:
                    self._let_go(pod, timedelta(seconds=30))

    def delete_pod(self, name: str, grace: timedelta) -> None:
        """Delete a pod, or shorten the time it has left."""
        with self._faults.call("jobs.delete_pod", write=True):
            if name in self._pods:
                self._let_go(self._pods[name], grace)

    def _let_go(self, pod: FlowPod, grace: timedelta) -> None:
        gone_by = self._clock.now() + grace
        if pod.gone_by is None or gone_by < pod.gone_by:
            self._pods[pod.name] = replace(pod, gone_by=gone_by, grace=grace)
