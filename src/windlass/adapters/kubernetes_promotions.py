"""Promotions on the API server: it keeps generations, resource versions and finalizers itself."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from kubernetes.client import ApiClient, ApiException
from kubernetes.client.api.custom_objects_api import CustomObjectsApi

from windlass.adapters import wire
from windlass.adapters.kubernetes_client import SYSTEM, TIMEOUT, converted, is_missing
from windlass.adapters.promotion_documents import (
    FINALIZER,
    GROUP,
    PLURAL,
    VERSION,
    Document,
    PromotionReader,
    envelope,
)
from windlass.adapters.promotion_rules import oldest_first
from windlass.domain.errors import Conflict, InputError, SystemUnavailable
from windlass.domain.names import ModelName
from windlass.domain.promotion.promotion import Promotion, PromotionKey
from windlass.domain.promotion.spec import PromotionSpec
from windlass.domain.promotion.status import PromotionStatus

_LOG = logging.getLogger(__name__)
_MERGE = "application/merge-patch+json"
_ATTEMPTS = 5
"""Tries of `apply` against others who write the same object."""


class NoPromotionsHere(SystemUnavailable):
    """The cluster has no such kind of object."""

    def __init__(self) -> None:
        super().__init__(
            SYSTEM, "knows no ModelPromotion: install windlass with operator.crd.create=true"
        )


class KubernetesPromotions:
    """Promotions of one namespace."""

    def __init__(self, client: ApiClient, namespace: str) -> None:
        self._api = CustomObjectsApi(client)
        self._namespace = namespace
        self.read = PromotionReader()

    def get(self, key: PromotionKey) -> Promotion | None:
        """Read one."""
        found = self._read(key)
        return None if found is None else self.read(found)

    def list(self, model: ModelName | None = None) -> tuple[Promotion, ...]:
        """Read all, or all of one model, oldest first. One that can't be read is left out."""
        with converted("listing promotions"):
            try:
                answer = self._api.list_namespaced_custom_object(
                    GROUP, VERSION, self._namespace, PLURAL, _request_timeout=TIMEOUT
                )
            except ApiException as error:
                if is_missing(error):
                    raise NoPromotionsHere from error
                raise
        documents: list[dict[str, Any]] = _document(answer)["items"]
        self.read.keep(documents)
        found = self._readable(documents)
        # the API server could choose by spec.model itself only from Kubernetes 1.31 on
        chosen = (one for one in found if model is None or one.spec.model == model)
        return tuple(sorted(chosen, key=oldest_first))

    def apply(
        self, key: PromotionKey, spec: PromotionSpec, annotations: Mapping[str, str]
    ) -> Promotion:
        """Create it, or change its spec and add annotations; nothing is written for no change."""
        for _ in range(_ATTEMPTS):
            current = self._read(key)
            if current is not None and "deletionTimestamp" in current["metadata"]:
                raise Conflict(f"{key} is being deleted: apply it again once it is gone")
            try:
                if current is None:
                    return self._create(key, spec, annotations)
                return self._change(key, current, spec, annotations)
            except Conflict:
                continue
        raise Conflict(f"{key} changes all the time: apply it again")

    def write_status(self, promotion: Promotion, status: PromotionStatus) -> Promotion:
        """Replace the status."""
        key = promotion.key
        body = {
            **envelope(key, {"resourceVersion": promotion.resource_version}),
            "status": wire.dump_status(status),
        }
        replace = self._api.replace_namespaced_custom_object_status
        return self._written(key, lambda: replace(*_place(key), body, _request_timeout=TIMEOUT))

    def annotate(self, promotion: Promotion, changes: Mapping[str, str | None]) -> Promotion:
        """Set annotations; None removes one."""
        return self._patch(promotion, {"annotations": dict(changes)})

    def finalize(self, promotion: Promotion, finalized: bool) -> Promotion:
        """Set or remove our finalizer; those of others stay."""
        ours = [FINALIZER] if finalized else []
        return self._patch(promotion, {"finalizers": [*promotion.foreign_finalizers, *ours]})

    def delete(self, key: PromotionKey) -> None:
        """Ask for its deletion."""
        with converted(f"deleting {key}"):
            try:
                self._api.delete_namespaced_custom_object(*_place(key), _request_timeout=TIMEOUT)
            except ApiException as error:
                if not is_missing(error):
                    raise

    def _read(self, key: PromotionKey) -> dict[str, Any] | None:
        with converted(f"reading {key}"):
            try:
                found = self._api.get_namespaced_custom_object(
                    *_place(key), _request_timeout=TIMEOUT
                )
            except ApiException as error:
                if is_missing(error):
                    return None
                raise
        return _document(found)

    def _create(
        self, key: PromotionKey, spec: PromotionSpec, annotations: Mapping[str, str]
    ) -> Promotion:
        body = {
            **envelope(key, {"annotations": dict(annotations)}),
            "spec": wire.dump_spec(spec),
        }
        create, place = self._api.create_namespaced_custom_object, _place(key)[:-1]
        return self._written(key, lambda: create(*place, body, _request_timeout=TIMEOUT))

    def _change(
        self,
        key: PromotionKey,
        current: dict[str, Any],
        spec: PromotionSpec,
        annotations: Mapping[str, str],
    ) -> Promotion:
        known = self.read(current)
        if known.spec == spec and annotations.items() <= known.annotations.items():
            # whoever may create it, but not change it, may apply it again
            return known
        kept = current["metadata"].get("annotations") or {}
        body = {
            **current,
            "metadata": {**current["metadata"], "annotations": {**kept, **annotations}},
            "spec": wire.dump_spec(spec),
        }
        replace = self._api.replace_namespaced_custom_object
        return self._written(key, lambda: replace(*_place(key), body, _request_timeout=TIMEOUT))

    def _patch(self, promotion: Promotion, metadata: Mapping[str, object]) -> Promotion:
        key = promotion.key
        body = {"metadata": {"resourceVersion": promotion.resource_version, **metadata}}
        patch = self._api.patch_namespaced_custom_object
        return self._written(
            key,
            lambda: patch(*_place(key), body, _request_timeout=TIMEOUT, _content_type=_MERGE),
        )

    def _written(self, key: PromotionKey, write: Callable[[], object]) -> Promotion:
        """What a write left; Conflict when the object is no longer the one that was read."""
        with converted(f"writing {key}"):
            try:
                return self.read.afresh(_document(write()))
            except ApiException as error:
                if is_missing(error):
                    raise Conflict(f"{key} was deleted meanwhile") from error
                if error.status == HTTPStatus.CONFLICT:
                    raise Conflict(f"{key} changed meanwhile: read it again") from error
                raise

    def _readable(self, documents: Sequence[Document]) -> Iterator[Promotion]:
        for document in documents:
            try:
                yield self.read(document)
            except InputError as error:
                _LOG.warning("%s", error)


def _place(key: PromotionKey) -> tuple[str, str, str, str, str]:
    return GROUP, VERSION, key.namespace, PLURAL, key.name


def _document(answer: object) -> dict[str, Any]:
    """An object of the API; the client has no types for custom ones."""
    if not isinstance(answer, dict):
        raise SystemUnavailable(SYSTEM, f"answered {type(answer).__name__} for an object")
    return answer
