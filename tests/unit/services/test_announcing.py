"""A store that tells of what it wrote."""

from tests.support.stage import Stage, spec_of
from windlass.domain.promotion.promotion import Promotion
from windlass.domain.promotion.status import Phase, PromotionStatus
from windlass.services.announcing import AnnouncedPromotions


class Heard:
    """A listener."""

    def __init__(self) -> None:
        self.phases: list[tuple[Phase, Phase]] = []

    def changed(self, before: PromotionStatus, after: Promotion) -> None:
        """Remember."""
        self.phases.append((before.phase, after.status.phase))


def test_each_written_status_is_told_to_everybody_and_nothing_else() -> None:
    stage, ears = Stage(), [Heard(), Heard()]
    announced = AnnouncedPromotions(stage.promotions, ears)
    key = stage.apply("v1", spec_of("1"))
    promotion = announced.finalize(stage.get(key), True)
    promotion = announced.annotate(promotion, {"a": "1"})
    announced.write_status(promotion, PromotionStatus(phase=Phase.VALIDATING))
    announced.delete(key)
    assert announced.get(key) is not None
    assert [heard.phases for heard in ears] == [[(Phase.PENDING, Phase.VALIDATING)]] * 2
    assert announced.list(stage.get(key).spec.model)
