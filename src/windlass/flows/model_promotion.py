"""Flow `model-promotion`: applies a ModelPromotion for a version and waits for its end."""

from prefect import flow, get_run_logger

from windlass.adapters import wire
from windlass.bootstrap.promoting import promotion_desk
from windlass.bootstrap.systems import systems
from windlass.domain.errors import WindlassError
from windlass.domain.promotion.status import Phase
from windlass.pipelines import standard_of
from windlass.services.promoting import RuntimeBlock, Usual, parse_key, spec_document
from windlass.services.proposing import Applied, Proposal, check_in_production, propose
from windlass.services.watching import watch_to_the_end

_PAUSE = 2.0


@flow(name="model-promotion", flow_run_name="promote-{model_key}")
def model_promotion(
    model_key: str,
    update_runtime_block: bool = False,
    runtime_block_name: str = "eta-runtime/prod",
    warm_cache: bool = False,
    spec: dict[str, object] | None = None,
    wait: bool = True,
) -> dict[str, str]:
    """Promote `<model>/<version>`, `<model>@<alias>`, or a model's challenger.

    `spec` has more fields of a ModelPromotion's spec; without gates and evaluation those of the
    model's pipeline hold. Fails unless the promotion succeeds, and where one of the same name ended
    before whose version is not in production now; without `wait` it is only applied.
    """
    logger = get_run_logger()
    block = RuntimeBlock(name=runtime_block_name, warm_cache=warm_cache)
    with systems() as known, promotion_desk() as desk:
        own, model = spec or {}, parse_key(model_key)[0]
        # a model of somebody else's has no pipeline here
        gates = () if "gates" in own else standard_of(model).GATES
        usual = Usual(bucket=known.objects.bucket, gates=gates)
        document = spec_document(model_key, own, usual, block if update_runtime_block else None)
        proposal = Proposal(
            namespace=desk.namespace,
            name=None,
            annotations={},
            spec=wire.parse_spec(document),
            actor=desk.actor,
        )
        promotion, applied = propose(desk.promotions, known.registry, proposal)
        logger.info("promotion %s %s", promotion.key.name, applied)
        if applied is Applied.CLOSED:
            check_in_production(known.registry, promotion)
        if wait:
            promotion = watch_to_the_end(desk.promotions, promotion.key, logger.info, pause=_PAUSE)
    status = promotion.status
    if wait and status.phase is not Phase.SUCCEEDED:
        raise WindlassError(f"{promotion.key.name} {status.phase}: {status.message}")
    return {"promotion": promotion.key.name, "phase": status.phase.value}
