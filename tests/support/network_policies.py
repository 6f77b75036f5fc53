"""What NetworkPolicies let through, decided as Kubernetes decides it.

A pod that no policy of a direction selects is open in that direction; what is selected may do what
any of its policies allows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Document = dict[str, Any]
Direction = Literal["Ingress", "Egress"]
Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One end of a connection."""

    labels: Labels = field(default_factory=dict)
    namespace: Labels | None = None
    """Labels of its namespace; None for the release's own."""
    outside: bool = False
    """Whether it is no pod at all."""


def passes(
    policies: Sequence[Document], source: Peer, target: Peer, port: int, protocol: str = "TCP"
) -> bool:
    """Whether a connection comes to be."""
    return _allows(policies, "Egress", (source, target), port, protocol) and _allows(
        policies, "Ingress", (target, source), port, protocol
    )


def selecting(policies: Sequence[Document], labels: Labels, direction: Direction) -> set[str]:
    """Names of the policies that apply to a pod of the release."""
    return {
        each["metadata"]["name"]
        for each in policies
        if direction in each["spec"]["policyTypes"] and selects(each["spec"]["podSelector"], labels)
    }


def selects(selector: Document, labels: Labels) -> bool:
    """Whether a label selector does."""
    wanted = selector.get("matchLabels", {}).items()
    expressions = selector.get("matchExpressions", ())
    return all(labels.get(key) == value for key, value in wanted) and all(
        _holds(each, labels) for each in expressions
    )


def _holds(expression: Document, labels: Labels) -> bool:
    value, operator = labels.get(expression["key"]), expression["operator"]
    results = {
        "In": value in expression.get("values", ()),
        "NotIn": value not in expression.get("values", ()),
        "Exists": value is not None,
        "DoesNotExist": value is None,
    }
    return results[operator]


def _allows(
    policies: Sequence[Document],
    direction: Direction,
    ends: tuple[Peer, Peer],
    port: int,
    protocol: str,
) -> bool:
    own, other = ends
    if own.outside or own.namespace is not None:
        return True
    names = selecting(policies, own.labels, direction)
    rules = _rules([each for each in policies if each["metadata"]["name"] in names], direction)
    return not names or any(
        _meets_port(rule, port, protocol) and _meets_peer(peers, other) for rule, peers in rules
    )


def _rules(
    policies: Sequence[Document], direction: Direction
) -> Iterator[tuple[Document, list[Document]]]:
    side, peers = direction.lower(), {"Ingress": "from", "Egress": "to"}[direction]
    for each in policies:
        for rule in each["spec"].get(side) or ():
            yield rule, rule.get(peers) or []


def _meets_port(rule: Document, port: int, protocol: str) -> bool:
    named = rule.get("ports")
    return not named or {"port": port, "protocol": protocol} in named


def _meets_peer(peers: list[Document], other: Peer) -> bool:
    return not peers or any(_is_peer(each, other) for each in peers)


def _is_peer(peer: Document, other: Peer) -> bool:
    if other.outside or "ipBlock" in peer:
        return other.outside and "ipBlock" in peer
    if "namespaceSelector" in peer:
        of_namespace = selects(peer["namespaceSelector"], other.namespace or {})
    else:
        of_namespace = other.namespace is None
    return of_namespace and selects(peer.get("podSelector", {}), other.labels)
