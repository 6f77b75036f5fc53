"""The story of the demo, stage by stage; each fails loudly when it does not go as told."""

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

from windlass.adapters.manifest import read_manifests
from windlass.bootstrap.environment import acting_user
from windlass.bootstrap.folder import EMBEDDED_NAMESPACE
from windlass.bootstrap.ports import Ports, embedded_ports
from windlass.cli.demo.traffic import Load, Reply, Tally, ask, flowing
from windlass.cli.demo.trainer import BETTER, FIRST, WORSE, Trained, Trainer, Training
from windlass.cli.progress import Screen
from windlass.domain.errors import SystemUnavailable
from windlass.domain.promotion.controls import Verb
from windlass.domain.promotion.promotion import Promotion, PromotionKey
from windlass.domain.promotion.spec import CHAMPION
from windlass.domain.promotion.status import Phase
from windlass.embedded.platform import ALWAYS_SERVED, Platform
from windlass.services.proposing import Proposal, propose, required, send
from windlass.services.watching import progress_line

_LOOK_SECONDS = 0.1
_PATIENCE = 240.0
"""Seconds that a stage may take: a busy machine is slow, a broken one never ends."""

_CALM, _BUSY = 20.0, 120.0
"""Requests per second before a rollout, when they only have to keep flowing, and during it, when
a tenth of them must be enough to judge a candidate by."""

_BEFORE_TRAFFIC = frozenset({Phase.PENDING, Phase.VALIDATING, Phase.EVALUATING})


class OtherwiseThanTold(SystemUnavailable):
    """Something of the demo went another way than its story."""

    def __init__(self, message: str) -> None:
        super().__init__("demo", message)


@dataclass(slots=True, kw_only=True)
class Stage:
    """What the story plays on."""

    platform: Platform
    ended: "Future[None]"
    """The platform's end, which must not come by itself."""
    trainer: Trainer
    screen: Screen
    manifest: Path
    request: bytes

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for a condition while progress goes on showing."""
        deadline = monotonic() + _PATIENCE
        while not condition():
            self.trainer.look()
            if self.ended.done():
                self.ended.result()
                raise OtherwiseThanTold("the platform stopped")
            if monotonic() > deadline:
                raise OtherwiseThanTold(f"{what} took longer than {_PATIENCE:.0f} s")
            sleep(_LOOK_SECONDS)

    def trained(self, training: Training) -> Trained:
        """Wait for a training's end."""
        self.until(lambda: training.name in self.trainer.trained, f"the {training.name} training")
        self.screen.idle("training")
        return self.trainer.trained[training.name]

    @property
    def serving(self) -> str:
        """Address of the inference server."""
        return self.platform.connections.inference.servers[ALWAYS_SERVED].url


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """One trained version and what became of it."""

    training: Training
    trained: Trained
    verdict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What the demo ends with."""

    chapters: tuple[Chapter, ...]
    tally: Tally
    prediction: Reply
    in_production: str


def play(stage: Stage) -> Ending:
    """Play the whole story on a platform that is just starting."""
    screen = stage.screen
    stage.trainer.begin(FIRST)
    stage.until(stage.platform.ready.is_set, "starting the platform")
    screen.idle("platform")
    screen.done("platform ready: Prefect, MLflow, Redis, object store, inference server")
    with closing(embedded_ports(stage.platform.folder.root)) as ports:
        return _Story(stage=stage, ports=ports).play()


@dataclass(slots=True, kw_only=True)
class _Story:
    stage: Stage
    ports: Ports
    _worse_key: PromotionKey | None = None
    _better_begun: bool = False

    def play(self) -> Ending:
        first, prediction = self._first()
        worse = self._worse()
        better, tally = self._better(first)
        champion = self.ports.outside.registry.aliased(ALWAYS_SERVED, CHAMPION)
        return Ending(
            chapters=(first, worse, better),
            tally=tally,
            prediction=prediction,
            in_production=str(champion),
        )

    def _first(self) -> tuple[Chapter, Reply]:
        trained = self.stage.trained(FIRST)
        self._done(f"version {trained.version} trained and registered: {_metrics(trained)}")
        name = self._propose(None)
        # its processors are free while the first version is evaluated and watched
        self.stage.trainer.begin(WORSE)
        self._ended(name, Phase.SUCCEEDED)
        self._done(f"version {trained.version} passed its gates and is the first champion")
        reply = ask(self.stage.serving, self.stage.request)
        if reply.status != 200 or reply.version != trained.version:
            raise OtherwiseThanTold(f"/predict answered {reply.status} {reply.body.decode()}")
        self._done(f"POST /predict answers {reply.body.decode()} (version {reply.version})")
        return Chapter(training=FIRST, trained=trained, verdict="promoted"), reply

    def _work_ahead(self) -> None:
        """While the first version is watched: queue the worse one, and train the better one.

        The candidate of a promotion is fixed once it is found; only then may the alias move on.
        """
        trained = self.stage.trainer.trained.get(WORSE.name)
        if trained is not None and self._worse_key is None:
            self._worse_key = self._propose(trained)
        key = self._worse_key
        if key is not None and not self._better_begun and self._resolved(key):
            self._better_begun = True
            self.stage.trainer.begin(BETTER)

    def _worse(self) -> Chapter:
        trained = self.stage.trained(WORSE)
        self._done(f"version {trained.version} trained, poorly on purpose: {_metrics(trained)}")
        self._work_ahead()
        key = self._worse_key or self._propose(trained)
        promotion = self._ended(key, Phase.FAILED)
        self.stage.screen.refused(f"version {trained.version} refused: {promotion.status.message}")
        return Chapter(training=WORSE, trained=trained, verdict="refused by its gate")

    def _better(self, first: Chapter) -> tuple[Chapter, Tally]:
        trained = self.stage.trained(BETTER)
        self._done(f"version {trained.version} trained and registered: {_metrics(trained)}")
        load = Load(url=self.stage.serving, body=self.stage.request, per_second=_CALM)
        with flowing(load) as tally:
            name = self._propose(trained)
            self.stage.until(lambda: self._is_judged(name, tally), f"judging {name.name}")
            load.per_second = _BUSY
            self._ended(name, Phase.SUCCEEDED, tally)
            self._done(f"version {trained.version} promoted through shadow and canary: {tally}")
            self._roll_back(name, tally)
        before = first.trained.version
        self._done(f"rolled back by hand, version {before} answers again: {tally}")
        if tally.failed:
            raise OtherwiseThanTold(f"requests were lost: {tally}")
        return Chapter(training=BETTER, trained=trained, verdict="promoted, rolled back"), tally

    def _propose(self, trained: Trained | None) -> PromotionKey:
        """Apply the sample; from the second time on under a name of its own."""
        [manifest] = read_manifests(self.stage.manifest)
        name = f"{manifest.spec.model}-v{trained.version}" if trained else manifest.name
        proposal = Proposal(
            namespace=manifest.namespace or EMBEDDED_NAMESPACE,
            name=name,
            annotations=manifest.annotations,
            spec=manifest.spec,
            actor=acting_user(None),
        )
        promotion, _ = propose(self.ports.promotions, self.ports.outside.registry, proposal)
        return promotion.key

    def _resolved(self, key: PromotionKey) -> bool:
        return required(self.ports.promotions, key).status.candidate is not None

    def _is_judged(self, key: PromotionKey, tally: Tally) -> bool:
        return self._looked_at(key, tally).status.phase not in _BEFORE_TRAFFIC

    def _ended(self, key: PromotionKey, wanted: Phase, tally: Tally | None = None) -> Promotion:
        """Wait for the end of a promotion, which must be the one the story tells of."""

        def ended() -> bool:
            self._work_ahead()
            return self._looked_at(key, tally).status.phase.terminal

        self.stage.until(ended, f"promotion {key.name}")
        self.stage.screen.idle("promotion")
        promotion = required(self.ports.promotions, key)
        if promotion.status.phase is not wanted:
            status = promotion.status
            raise OtherwiseThanTold(f"{key.name} ended {status.phase}: {status.message}")
        return promotion

    def _looked_at(self, key: PromotionKey, tally: Tally | None) -> Promotion:
        promotion = required(self.ports.promotions, key)
        line = f"{key.name}: {progress_line(promotion)}"
        self.stage.screen.busy("promotion", line, aside=str(tally or ""))
        return promotion

    def _roll_back(self, key: PromotionKey, tally: Tally) -> None:
        send(self.ports.promotions, key, Verb.ROLLBACK, acting_user(None))
        self._gone_back(key, tally)

    def _gone_back(self, key: PromotionKey, tally: Tally) -> None:
        def back() -> bool:
            return required(self.ports.promotions, key).status.phase is Phase.ROLLED_BACK

        self.stage.until(back, "the rollback")
        answered = tally.sent
        # some requests more, all of them after the rollback
        self.stage.until(lambda: tally.sent > answered + 20, "requests after the rollback")

    def _done(self, text: str) -> None:
        self.stage.screen.done(text)


def _metrics(trained: Trained) -> str:
    names = {"average_precision": "average precision", "f1": "F1"}
    return ", ".join(f"{text} {trained.metrics.get(n, 0):.3f}" for n, text in names.items())
