"""What a recommender remembers, as one inert file of arrays."""

import io
from dataclasses import dataclass
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from windlass.domain.errors import BundleError
from windlass.pipelines.recommender.clicks import Floats, Numbers, Texts
from windlass.pipelines.recommender.features import PRODUCT_FEATURES, USER_FEATURES

FILE = "memory.npz"

_BETWEEN = "\0"
"""Stands in no name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Clicks in the order of time, and the newest features of products and users."""

    products: Numbers
    """Product of each click."""
    sessions: Numbers
    """Session of each click."""
    categories: Numbers
    brands: Numbers
    """Of each click, UNKNOWN where it has none."""
    product_names: Texts
    """Name of each product by its number, ascending."""
    user_names: Texts
    category_names: Texts
    brand_names: Texts
    product_features: Floats
    """One row per product, columns as PRODUCT_FEATURES."""
    user_features: Floats
    """One row per user, columns as USER_FEATURES."""


def pack(memory: Memory) -> bytes:
    """The file; the same memory gives the same bytes."""
    content = io.BytesIO()
    np.savez_compressed(
        content,
        products=memory.products.astype(np.int32),
        sessions=memory.sessions.astype(np.int32),
        categories=memory.categories.astype(np.int32),
        brands=memory.brands.astype(np.int32),
        product_names=_joined(memory.product_names),
        user_names=_joined(memory.user_names),
        category_names=_joined(memory.category_names),
        brand_names=_joined(memory.brand_names),
        product_features=memory.product_features,
        user_features=memory.user_features,
    )
    return content.getvalue()


def unpack(data: bytes) -> Memory:
    """Read the file; BundleError when it does not hold together."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            memory = Memory(
                products=arrays["products"].astype(np.int64),
                sessions=arrays["sessions"].astype(np.int64),
                categories=arrays["categories"].astype(np.int64),
                brands=arrays["brands"].astype(np.int64),
                product_names=_split(arrays["product_names"]),
                user_names=_split(arrays["user_names"]),
                category_names=_split(arrays["category_names"]),
                brand_names=_split(arrays["brand_names"]),
                product_features=arrays["product_features"].astype(np.float64),
                user_features=arrays["user_features"].astype(np.float64),
            )
    except (BadZipFile, EOFError, KeyError, OSError, TypeError, ValueError) as error:
        raise BundleError(f"{FILE} can't be read: {error}") from error
    if not _fits(memory):
        raise BundleError(f"{FILE} does not hold together")
    return memory


def _fits(memory: Memory) -> bool:
    products, users = len(memory.product_names), len(memory.user_names)
    return (
        _numbered(memory.products, len(memory.products), 0, products)
        and _numbered(memory.sessions, len(memory.products), 0, len(memory.products))
        and _numbered(memory.categories, len(memory.products), -1, len(memory.category_names))
        and _numbered(memory.brands, len(memory.products), -1, len(memory.brand_names))
        and memory.product_features.shape == (products, len(PRODUCT_FEATURES))
        and memory.user_features.shape == (users, len(USER_FEATURES))
    )


def _numbered(numbers: Numbers, count: int, least: int, end: int) -> bool:
    return numbers.shape == (count,) and bool(((numbers >= least) & (numbers < end)).all())


def _joined(names: Texts) -> NDArray[np.uint8]:
    """Names as one text in UTF-8: arrays of texts take the longest one's width for each."""
    return np.frombuffer(_BETWEEN.join(names.tolist()).encode(), dtype=np.uint8)


def _split(data: NDArray[np.uint8]) -> Texts:
    text = data.astype(np.uint8).tobytes().decode()
    return np.array(text.split(_BETWEEN) if text else [], dtype=np.str_)
