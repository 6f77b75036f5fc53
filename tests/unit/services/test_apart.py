import os
import signal

import pytest

from windlass.domain.errors import BundleError
from windlass.domain.names import Digest
from windlass.services.apart import Crashed, call_apart
from windlass.services.bundles import manifest_from_json


def test_the_answer_comes_back_from_another_process() -> None:
    assert call_apart(os.getpid) != os.getpid()
    assert call_apart(divmod, 7, 2) == (3, 1)
    assert call_apart(Digest, "a") == "a"


def test_bad_input_comes_back_as_what_it_is() -> None:
    with pytest.raises(BundleError, match="is not JSON"):
        call_apart(manifest_from_json, b"")


def test_any_other_fault_is_told_by_its_last_line() -> None:
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        call_apart(divmod, 1, 0)


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM])
def test_what_somebody_else_ended_died_of_nothing_it_did(sent: signal.Signals) -> None:
    with pytest.raises(RuntimeError, match=f"was ended by {sent.name}"):
        call_apart(signal.raise_signal, sent)


def test_the_death_of_the_process_is_told() -> None:
    with pytest.raises(Crashed, match="died of it"):
        call_apart(os.abort)
