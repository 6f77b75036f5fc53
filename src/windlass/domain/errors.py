"""Faults. A "no" (a failed gate) is a value, never an exception.

WindlassError
├── InputError            wrong use or bad input: the caller can mend it     (exit code 2)
│   └── BundleError       a bundle that is missing, altered or unreadable
├── SystemUnavailable     a system did not answer: try again later           (exit code 3)
└── Conflict              somebody else wrote the object first: read it again

Adapters turn foreign exceptions into these once, with `from`. "Not found" is `None`.
"""


class WindlassError(Exception):
    """Root of the tree; its text is one line that says what is wrong and what to do next."""


class InputError(WindlassError):
    """Wrong use or bad input."""


class BundleError(InputError):
    """A bundle is missing, altered (its digest does not match) or can't be read."""


class SystemUnavailable(WindlassError):
    """A system did not answer, or answered with a fault of its own."""

    def __init__(self, system: str, message: str) -> None:
        super().__init__(f"{system}: {message}")
        self.system = system


class Conflict(WindlassError):
    """The stored object changed since it was read."""
