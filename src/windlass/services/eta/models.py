"""Which model the runtime uses, and how another takes its place while it runs."""

from collections.abc import Callable
from typing import NamedTuple

from windlass.domain.errors import InputError, SystemUnavailable
from windlass.domain.names import Version, model_name
from windlass.pipelines import model_of
from windlass.ports.objects import Objects
from windlass.ports.registry import Registry
from windlass.services.bundles import read_bundle
from windlass.services.eta.stages import Model
from windlass.services.promoting import parse_key

RETRY_SECONDS = 30.0
"""Between attempts to load a model that could not be loaded."""

_NONE_NAMED = "no model is named: set model_key, or promote a version"

Load = Callable[[str], Model]


class Change(NamedTuple):
    """What a look at the wanted key led to."""

    swapped: bool = False
    problem: str = ""
    """Why the wanted model is not there; told once per key."""


class ModelShelf:
    """The model in use. A wanted one that can't be loaded leaves it where it is.

    Where none is wanted there is none: the first promotion was taken back.
    """

    def __init__(self, load: Load) -> None:
        self._load = load
        self._failed = ""
        self._again_at = 0.0
        self.model: Model | None = None
        self.trouble = _NONE_NAMED
        """Why there is no model, or not the wanted one; empty when all is well."""

    def want(self, key: str, now: float) -> Change:
        """Use the model of this key from now on. `now` is seconds of a steady clock."""
        if not key:
            self.model, self._failed, self.trouble = None, "", _NONE_NAMED
            return Change()
        if self.model is not None and self.model.key == key:
            self._failed, self.trouble = "", ""
            return Change()
        if key == self._failed and now < self._again_at:
            return Change()
        try:
            model = self._load(key)
        except (InputError, SystemUnavailable) as error:
            told = key == self._failed
            self._failed, self._again_at, self.trouble = key, now + RETRY_SECONDS, str(error)
            return Change(problem="" if told else f"model {key} can't be loaded: {error}")
        swapped = self.model is not None
        self.model, self._failed, self.trouble = model, "", ""
        return Change(swapped=swapped)


def load_model(registry: Registry, objects: Objects, key: str) -> Model:
    """Fetch and verify the bundle of `<model>/<version>`; InputError says why there is none."""
    name, candidate = parse_key(key)
    version = candidate.get("version")
    if version is None:
        raise InputError(f"model key {key!r} names no version: give <model>/<version>")
    found = registry.version(model_name(name), Version(version))
    if found is None:
        raise InputError(f"{name} has no version {version}")
    if found.bundle_digest is None:
        raise InputError(f"{name} version {version} has no bundle: Windlass did not train it")
    bundle = read_bundle(objects, found.bundle_digest)
    scorer = model_of(bundle.manifest.pipeline).load(bundle)
    if not callable(getattr(scorer, "predict_many", None)):
        raise InputError(f"{key} is a model of {bundle.manifest.pipeline}, which predicts no stops")
    return Model(key, scorer)  # type: ignore[arg-type] # just looked: it has predict_many
