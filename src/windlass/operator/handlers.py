"""kopf's handlers: `kopf run --standalone -n NAMESPACE -m windlass.operator.handlers`.

kopf applies patches only after a handler ended, so intent could not be written before an effect:
here it only watches, and puts neither finalizer nor annotation on any object.
"""

from typing import Any

import kopf

from windlass.adapters.promotion_documents import GROUP, PLURAL, VERSION
from windlass.bootstrap.environment import settings as own_settings
from windlass.operator.operating import Operating
from windlass.operator.tuning import only_watch


@kopf.on.startup()
def begin(settings: kopf.OperatorSettings, memo: kopf.Memo, **_: Any) -> None:
    """Start the reconciler."""
    only_watch(settings)
    memo.operating = Operating.start(own_settings())


@kopf.on.login()
def login(**kwargs: Any) -> kopf.ConnectionInfo | None:
    """Use the pod's service account."""
    return kopf.login_with_service_account(**kwargs)


@kopf.on.event(GROUP, VERSION, PLURAL)
async def changed(event: kopf.RawEvent, memo: kopf.Memo, **_: Any) -> None:
    """Tell the reconciler of one ModelPromotion."""
    operating: Operating = memo.operating
    operating.saw(event["type"], event["object"])


@kopf.on.cleanup()
def end(memo: kopf.Memo, **_: Any) -> None:
    """Stop the reconciler."""
    operating: Operating = memo.operating
    operating.stop()
