"""Where ModelPromotions live: the Kubernetes API server, or a local store."""

from collections.abc import Mapping
from typing import Protocol

from windlass.domain.names import ModelName
from windlass.domain.promotion.promotion import Promotion, PromotionKey
from windlass.domain.promotion.spec import PromotionSpec
from windlass.domain.promotion.status import PromotionStatus


class Promotions(Protocol):
    """Each write names the resource version it read; Conflict when that is no longer current."""

    def get(self, key: PromotionKey) -> Promotion | None:
        """Read one."""

    def list(self, model: ModelName | None = None) -> tuple[Promotion, ...]:
        """Read all, or all of one model, oldest first."""

    def apply(
        self, key: PromotionKey, spec: PromotionSpec, annotations: Mapping[str, str]
    ) -> Promotion:
        """Create it, or change its spec (raising its generation) and add annotations.

        Raises InputError when model or candidate would change: both are immutable.
        """

    def write_status(self, promotion: Promotion, status: PromotionStatus) -> Promotion:
        """Replace the status."""

    def annotate(self, promotion: Promotion, changes: Mapping[str, str | None]) -> Promotion:
        """Set annotations; None removes one."""

    def finalize(self, promotion: Promotion, finalized: bool) -> Promotion:
        """Set or remove our finalizer."""

    def delete(self, key: PromotionKey) -> None:
        """Ask for its deletion: it goes once it carries no finalizer."""
