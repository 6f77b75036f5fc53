"""The systems a promotion touches, as one value that is handed around."""

from dataclasses import dataclass

from windlass.ports.clock import Clock
from windlass.ports.flows import Blocks, FlowRuns
from windlass.ports.keyvalue import KeyValue
from windlass.ports.objects import Objects
from windlass.ports.promotions import Promotions
from windlass.ports.registry import Registry
from windlass.ports.serving import Serving


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """Everything the reconciler may look at or change."""

    promotions: Promotions
    registry: Registry
    objects: Objects
    keyvalue: KeyValue
    flows: FlowRuns
    blocks: Blocks
    serving: Serving
    clock: Clock
