"""What every Blocks does, whether the twin or Prefect."""

import pytest

from tests.support.prefect_worlds import BlockWorld
from windlass.domain.errors import InputError

FIELDS = {"model_key": "transit-eta/1", "redis_host": "redis", "password": "s3cret-value"}


def test_fields_are_read_secrets_too(block_world: BlockWorld) -> None:
    block = block_world.create("eta-runtime", FIELDS)

    assert {field: block_world.blocks.read_field(block, field) for field in FIELDS} == FIELDS


def test_what_does_not_exist_is_none(block_world: BlockWorld) -> None:
    block = block_world.create("eta-runtime", FIELDS)

    for name, field in [
        (block, "colour"),
        ("eta-runtime/nobody", "model_key"),
        ("no-such-type/prod", "model_key"),
        ("eta-runtime", "model_key"),
        ("eta-runtime/a/b", "model_key"),
        ("", "model_key"),
    ]:
        assert block_world.blocks.read_field(name, field) is None


def test_a_block_is_read_whole(block_world: BlockWorld) -> None:
    block = block_world.create("eta-runtime", FIELDS)

    assert block_world.blocks.read(block) == FIELDS
    for nothing in ("eta-runtime/nobody", "no-such-type/prod", "eta-runtime"):
        assert block_world.blocks.read(nothing) is None


def test_a_written_field_leaves_the_others_alone(block_world: BlockWorld) -> None:
    block = block_world.create("eta-runtime", FIELDS)

    block_world.blocks.write_field(block, "model_key", "transit-eta/2")

    found = {field: block_world.blocks.read_field(block, field) for field in FIELDS}
    assert found == {**FIELDS, "model_key": "transit-eta/2"}


def test_a_field_can_be_emptied_and_filled_again(block_world: BlockWorld) -> None:
    block = block_world.create("eta-runtime", FIELDS)

    block_world.blocks.write_field(block, "model_key", None)
    emptied = block_world.blocks.read_field(block, "model_key")
    block_world.blocks.write_field(block, "model_key", "transit-eta/1")

    assert emptied is None
    assert block_world.blocks.read_field(block, "model_key") == "transit-eta/1"
    assert block_world.blocks.read_field(block, "password") == "s3cret-value"


@pytest.mark.parametrize("block", ["eta-runtime/nobody", "no-such-type/x", "eta-runtime", "a/b/c"])
def test_an_unknown_block_is_neither_written_nor_told(block_world: BlockWorld, block: str) -> None:
    with pytest.raises(InputError, match=f"Prefect has no block {block}"):
        block_world.blocks.write_field(block, "model_key", "x/1")
    with pytest.raises(InputError, match=f"Prefect has no block {block}"):
        block_world.blocks.notify(block, "subject", "body")


def test_only_notification_blocks_are_told(block_world: BlockWorld) -> None:
    block = block_world.create("eta-runtime", FIELDS)

    with pytest.raises(InputError, match="use one of type slack-webhook, ms-teams-webhook"):
        block_world.blocks.notify(block, "subject", "body")
