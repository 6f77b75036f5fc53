"""What the generic parts (training, evaluation, serving) ask of every pipeline."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from windlass.domain.bundle import Bundle
from windlass.domain.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from windlass.services.fanout import Bench
    from windlass.services.training import Crew, Registered, TrainingPorts


class InvalidRequest(InputError):
    """A request that no model could answer: the server says 422 and names the field."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class Answer(NamedTuple):
    """Reply to one `/predict` request."""

    body: Mapping[str, object]
    """JSON for the client."""
    score: float | None
    """The model's scalar output, for score histograms; None where there is none."""


class FeatureRows(NamedTuple):
    """What a model saw of a dataset, and what it said: drift is looked for in it."""

    columns: Mapping[str, "NDArray[np.float64]"]
    """Values of each feature; NaN where one is unknown."""
    scores: "NDArray[np.float64] | None"
    """The model's scalar outputs; None where there are none."""


class Span(NamedTuple):
    """First and last moment of some rows (UTC)."""

    start: datetime
    until: datetime


class Scorer(Protocol):
    """A loaded bundle. Not thread-safe; one process or one lock per scorer."""

    def predict(self, payload: Mapping[str, object]) -> Answer:
        """Answer one request. Raises InvalidRequest for bad input, anything else is our fault."""

    def predict_table(self, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> list[Any]:
        """Score ready feature rows (MLflow's `/invocations`); raises InvalidRequest."""


class PipelineModel(Protocol):
    """The module `pipelines/<p>/model.py`."""

    def load(self, bundle: Bundle) -> Scorer:
        """Read the bundle's files (already verified) into a scorer."""

    def evaluate(self, scorer: Scorer, dataset: Mapping[str, bytes]) -> dict[str, float]:
        """Metrics of a scorer on a held-back dataset (file name to content)."""

    def sample_request(self, dataset: Mapping[str, bytes]) -> Mapping[str, object]:
        """Return a `/predict` request taken from the dataset, to time single-row scoring with."""


class DatedModel(PipelineModel, Protocol):
    """A module `model.py` that says when rows happened; without it, those of a folder without
    `dataset.json` count as seen in training, which no promotion takes for evidence.
    """

    LABELS: Sequence[str]
    """Parameters of a manifest that change what the rows of such a folder are judged by."""

    def time_span(self, dataset: Mapping[str, bytes]) -> Span:
        """When the rows of such a folder happened."""


class FeaturedModel(PipelineModel, Protocol):
    """A module `model.py` that says what its model sees; without it, drift is looked for in the
    columns of the files.
    """

    def feature_rows(self, scorer: Scorer, dataset: Mapping[str, bytes]) -> FeatureRows:
        """Features and scores of a dataset, which may lack what only labels need."""


class Maker(Protocol):
    """Where a pipeline makes up data, `data.py` or `synthetic.py`: something to try it with."""

    def sample_files(self) -> dict[str, bytes]:
        """Files with the contract's columns and a real signal, the same at each call."""


class Standard(Protocol):
    """What a version must show where nobody says more: in `params.py`, or in `standard.py`."""

    GATES: Sequence[Mapping[str, object]]
    """As in a ModelPromotion's `spec.gates`."""


class Steps(Protocol):
    """The module `pipelines/<p>/steps.py`, where `core` is not enough."""

    def train(
        self, files: Mapping[str, bytes], parameters: Any, ports: "TrainingPorts", crew: "Crew"
    ) -> "Registered":
        """Train, judge and register one version."""


class MakeBench(Protocol):
    """The function `bench` of `pipelines/<p>/steps.py`, where a pipeline is tuned."""

    def __call__(
        self, files: Mapping[str, bytes], search: str, parameters: Mapping[str, str], threads: int
    ) -> "Bench":
        """Make a search ready from its data, to evaluate a share of its points."""
