"""Where an embedded platform keeps what."""

from dataclasses import dataclass
from pathlib import Path

EMBEDDED_NAMESPACE = "default"
"""Of promotions whose manifest names none, on an embedded platform."""


@dataclass(frozen=True, slots=True)
class Folder:
    """Paths below `.windlass/`."""

    root: Path

    @property
    def logs(self) -> Path:
        """One file per child."""
        return self.root / "logs"

    @property
    def prefect(self) -> Path:
        """Prefect's home, its database among it."""
        return self.root / "prefect"

    @property
    def mlflow(self) -> Path:
        """MLflow's database and artifacts."""
        return self.root / "mlflow"

    @property
    def objects(self) -> Path:
        """The bucket."""
        return self.root / "objects"

    @property
    def alone(self) -> Path:
        """Bucket of training runs that have no platform; what is there changes no platform's."""
        return self.root / "alone"

    @property
    def features(self) -> Path:
        """The feature store where no PostgreSQL is named, one SQLite file."""
        return self.root / "features.db"

    @property
    def promotions(self) -> Path:
        """The store of ModelPromotions, one SQLite file."""
        return self.root / "promotions.db"

    @property
    def serving(self) -> Path:
        """Routing documents, and which servers there are."""
        return self.root / "serving"

    def kept(self, model: str) -> Path:
        """What the inference server of a model keeps for its next start."""
        return self.root / "kept" / model

    @property
    def profiling(self) -> Path:
        """CSV files of how long the parts of the streaming runtime take."""
        return self.root / "profiling"

    @property
    def signs(self) -> Path:
        """Files by which children without a port say that they are ready."""
        return self.root / "signs"
