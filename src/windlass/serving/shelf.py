"""The accepted document and its bundles, kept beside the server so that it starts again without
any other system.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from functools import partial

from windlass.domain.bundle import MANIFEST, Bundle, bundle_prefix
from windlass.domain.errors import BundleError
from windlass.domain.names import Digest
from windlass.domain.routing import Routing
from windlass.ports.objects import Objects
from windlass.services.bundles import read_bundle, write_bundle
from windlass.serving.background import in_thread
from windlass.serving.documents import parse_routing, write_routing
from windlass.serving.guard import Complaints, Failure

_DOCUMENT = "routing.json"
_BUNDLES = "bundles/"

_MOST_KEPT = 4
"""Bundles of recent documents stay, so that a rollback needs no store either."""


class Shelf:
    """A folder, and behind it the object store. A full disk costs a log line, never a request."""

    def __init__(self, kept: Objects, fetch: Callable[[Digest], Bundle]) -> None:
        self._kept = kept
        self._fetch = fetch
        self._recent: deque[Digest] = deque(maxlen=_MOST_KEPT)
        self._writing = asyncio.Lock()
        self._complaints = Complaints(logging.getLogger(__name__))

    async def document(self) -> Routing | None:
        """Read the kept document back."""
        text = await in_thread(partial(self._kept.get, _DOCUMENT))
        if text is None:
            return None
        parsed = (
            text if isinstance(text, Failure) else await in_thread(partial(parse_routing, text))
        )
        if isinstance(parsed, Failure):
            self._complaints.about("the kept routing document can't be read", parsed)
            return None
        return parsed

    async def keep_document(self, current: Callable[[], Routing]) -> None:
        """Keep the document that is current when its turn comes, so that the newest stays."""
        await asyncio.shield(self._keep_document(current))

    async def _keep_document(self, current: Callable[[], Routing]) -> None:
        async with self._writing:
            data = write_routing(current())
            kept = await in_thread(partial(self._kept.put, _DOCUMENT, data))
        if isinstance(kept, Failure):
            self._complaints.about("the routing document can't be kept", kept)

    async def bundle(self, digest: Digest) -> Bundle | Failure:
        """Get a bundle whose content has this digest, from the folder or else from the store."""
        self._recent.append(digest)
        kept = await in_thread(partial(read_bundle, self._kept, digest))
        if isinstance(kept, Bundle):
            return kept
        fetched = await in_thread(partial(self._fetch_checked, digest))
        if isinstance(fetched, Bundle):
            written = await in_thread(partial(write_bundle, self._kept, fetched))
            if isinstance(written, Failure):
                self._complaints.about(f"bundle {digest} can't be kept", written)
        return fetched

    def _fetch_checked(self, digest: Digest) -> Bundle:
        bundle = self._fetch(digest)
        if bundle.digest != digest:
            raise BundleError(f"the store gave bundle {bundle.digest} for {digest}")
        return bundle

    async def drop_unused(self, used: frozenset[Digest]) -> None:
        """Delete bundles that are neither used nor recent, once there are too many."""
        dropped = await in_thread(partial(self._drop_unused, used.union(self._recent)))
        if isinstance(dropped, Failure):
            self._complaints.about("unused bundles can't be deleted", dropped)

    def _drop_unused(self, wanted: frozenset[Digest]) -> None:
        keys = [found.key for found in self._kept.list(_BUNDLES)]
        if sum(key.endswith("/" + MANIFEST) for key in keys) <= _MOST_KEPT:
            return
        prefixes = tuple(bundle_prefix(digest) + "/" for digest in wanted)
        unused = [key for key in keys if not key.startswith(prefixes)]
        # manifests first: a bundle without one counts as incomplete
        for key in sorted(unused, key=lambda key: not key.endswith("/" + MANIFEST)):
            self._kept.delete(key)
