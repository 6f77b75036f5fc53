"""One pass that brings what is loaded closer to what the routing names.

Every bundle is first loaded by a child process, where a crash, a hang or a flood of memory is no
more than a failed probe. The champion's place changes hands only after its successor has loaded.
"""

import asyncio
import gc
import logging
from collections.abc import Callable, Coroutine
from functools import partial
from types import ModuleType

from windlass.domain.bundle import Bundle
from windlass.domain.names import Digest
from windlass.domain.routing import Routed, Routing
from windlass.serving.background import in_thread
from windlass.serving.candidate import Candidate
from windlass.serving.champion import Champion, Production
from windlass.serving.config import Limits
from windlass.serving.desk import Desk
from windlass.serving.guard import Complaints, Failure
from windlass.serving.link import Link
from windlass.serving.shelf import Shelf

logger = logging.getLogger(__name__)

_PUT_OFF_SECONDS = 60.0


class Loading:
    """The only one that loads and unloads. Each step says whether to try again later."""

    def __init__(self, desk: Desk, shelf: Shelf, loader: ModuleType, limits: Limits) -> None:
        self._desk = desk
        self._shelf = shelf
        self._loader = loader
        self._limits = limits
        self._proven: set[Digest] = set()
        """Bundles that a child process of this server has loaded and probed."""
        self._hopeless: dict[Digest, Failure] = {}
        """Champions that could not be loaded a short while ago."""
        self._aside: set[asyncio.Future[object]] = set()
        self._complaints = Complaints(logger)

    async def bring(self, routing: Routing, lost: Callable[[], None]) -> bool:
        """Do one pass; `lost` is called when the candidate's process goes later."""
        await self._shelf.keep_document(lambda: self._desk.routing)
        again = await self._bring_champion(routing.champion)
        again |= await self._bring_candidate(routing, lost)
        self._desk.forget_unused()
        if not again:
            await self._shelf.drop_unused(self._desk.used())
        return again

    async def stop(self) -> None:
        """End all child processes."""
        candidate, self._desk.candidate = self._desk.candidate, None
        process = candidate.detach() if candidate else None
        await asyncio.gather(*self._aside, *([process.end()] if process else []))

    async def _bring_champion(self, wanted: Routed | None) -> bool:
        desk = self._desk
        loaded = desk.production.champion.routed if desk.production else None
        if wanted is None:
            desk.production = None
        elif loaded is None or loaded.digest != wanted.digest:
            champion = self._hopeless.get(wanted.digest) or await self._load_champion(wanted)
            if isinstance(champion, Failure):
                self._put_off(wanted.digest, champion)
                desk.champion_problem = champion.reason
                self._complaints.about(f"champion version {wanted.version} not loaded", champion)
                # whatever the reason: until it is loaded here, another version answers, or none
                return True
            if desk.production is None:
                # libraries and model stay: collections that look at them would delay requests
                gc.freeze()
            desk.production = Production(champion, desk.tally(wanted))
            logger.info("version %s is champion here", wanted.version)
        elif desk.production is not None:
            desk.production.champion.routed = wanted
            desk.tally(wanted)
        desk.champion_problem = None
        return False

    def _put_off(self, digest: Digest, failure: Failure) -> None:
        """Try what is most likely the bundle's own fault not as often, beside one that serves."""
        own_fault = not (failure.transient or failure.unlucky)
        if own_fault and self._desk.production is not None and digest not in self._hopeless:
            self._hopeless[digest] = failure
            loop = asyncio.get_running_loop()
            loop.call_later(_PUT_OFF_SECONDS, self._hopeless.pop, digest, None)

    async def _load_champion(self, wanted: Routed) -> Champion | Failure:
        bundle = await self._shelf.bundle(wanted.digest)
        if isinstance(bundle, Failure):
            return bundle
        # importing libraries takes as long here as in the child: both at once
        prepared = asyncio.ensure_future(in_thread(partial(self._loader.prepare, bundle.manifest)))
        problem = await self._prove(bundle) or await prepared
        if isinstance(problem, Failure):
            return problem
        return await in_thread(partial(Champion.load, self._loader, wanted, bundle))

    async def _prove(self, bundle: Bundle) -> Failure | None:
        if bundle.digest in self._proven:
            return None
        link = await self._start(bundle)
        if isinstance(link, Failure):
            return link
        self._do_aside(link.end())
        return None

    async def _start(self, bundle: Bundle) -> Link | Failure:
        link = await Link.start(self._loader.__name__, bundle, self._limits)
        if isinstance(link, Link):
            self._proven.add(bundle.digest)
        return link

    async def _bring_candidate(self, routing: Routing, lost: Callable[[], None]) -> bool:
        wanted, desk = routing.candidate, self._desk
        current = desk.candidate
        if current is not None and (wanted is None or wanted.digest != current.routed.digest):
            desk.candidate = None
            self._dismiss(current)
        if wanted is None:
            return False
        if desk.candidate is None:
            desk.candidate = self._welcome(wanted, routing)
        if desk.candidate.loaded or desk.candidate.problem is not None:
            return False
        return await self._load_candidate(desk.candidate, lost)

    def _welcome(self, wanted: Routed, routing: Routing) -> Candidate:
        tally = self._desk.tally(wanted)
        candidate = Candidate(wanted, tally, self._limits.failures_in_a_row)
        candidate.weight, candidate.shadow = routing.weight, routing.shadow
        if self._desk.production is not None:
            self._desk.production.tally.forget_shadow()
        return candidate

    async def _load_candidate(self, candidate: Candidate, lost: Callable[[], None]) -> bool:
        routed = candidate.routed
        bundle = await self._shelf.bundle(routed.digest)
        link = bundle if isinstance(bundle, Failure) else await self._start(bundle)
        if isinstance(link, Failure):
            self._complaints.about(f"candidate version {routed.version} not loaded", link)
            # an outage says nothing about the candidate, nor does one kill
            again = link.transient or (link.unlucky and candidate.may_start_again())
            candidate.problem = None if again else link.reason
            return again
        candidate.attach(link, partial(self._bury, routed, link, lost))
        logger.info("candidate version %s is loaded by process %d", routed.version, link.pid)
        return False

    def _bury(self, routed: Routed, link: Link, lost: Callable[[], None]) -> None:
        async def bury() -> None:
            ending = await link.end()
            logger.warning("the process of candidate version %s %s", routed.version, ending)

        self._do_aside(bury())
        lost()

    def _dismiss(self, candidate: Candidate) -> None:
        process = candidate.detach()
        if process is not None:
            self._do_aside(process.close())

    def _do_aside(self, work: Coroutine[object, object, object]) -> None:
        task: asyncio.Future[object] = asyncio.ensure_future(work)
        self._aside.add(task)
        task.add_done_callback(self._aside.discard)
