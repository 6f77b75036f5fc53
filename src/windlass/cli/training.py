"""Runs a training where it is asked for: in this process, with or without a platform."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
