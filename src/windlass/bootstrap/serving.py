"""What inference servers answered lately, as far as a flow run may ask them."""

from contextlib import closing

from windlass.bootstrap.environment import settings
from windlass.bootstrap.whereabouts import named_connections
from windlass.domain.names import Digest, ModelName
from windlass.domain.sketch import Sketch


def served_scores(model: ModelName, digest: Digest) -> Sketch | None:
    """Scores of a bundle since its servers started; None where there are none.

    On a cluster, too: the servers' admin ports are the operator's.
    """
    if named_connections() is not None:
        return None
    from windlass.bootstrap.ports import embedded_ports

    with closing(embedded_ports(settings().folder)) as ports:
        serving = ports.outside.serving
        reports = serving.reports(model) if serving.served(model) else ()
    total = Sketch()
    for report in reports:
        if digest in report.versions:
            total = total.plus(report.versions[digest].scores)
    return total if total.total else None
