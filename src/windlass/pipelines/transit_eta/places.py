"""Where the parts of this pipeline leave data for each other."""

import re

from windlass.domain.errors import InputError

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")


def dataset_prefix(name: str) -> str:
    """Prefix of a dataset that `dataset-build` made."""
    if not _NAME.fullmatch(name):
        raise InputError(f"{name!r} can't name a dataset: use letters, digits, . _ and -")
    return f"datasets/transit-eta/built/{name}"
