"""The runtime's deployment and blocks are as the contract has them."""

import dataclasses

from windlass.bootstrap.deployments import declared_deployments
from windlass.flows.deploying import Choice, chosen
from windlass.flows.eta_blocks import EtaRuntimeSettings, RuntimeVariables
from windlass.services.eta.settings import Layer, RuntimeSettings, required

[DECLARED] = [each for each in declared_deployments() if each.name == "eta-runtime"]


def test_one_that_died_is_replaced_within_a_minute() -> None:
    limit = DECLARED.concurrency_limit
    assert limit is not None
    assert (limit.limit, limit.collision_strategy) == (1, "CANCEL_NEW")
    assert [schedule.cron for schedule in DECLARED.schedules] == ["* * * * *"]


def test_it_has_no_deadline() -> None:
    variables = DECLARED.work_pool.job_variables
    assert variables["active_deadline_seconds"] is None


def test_a_choice_is_laid_over_what_the_file_says() -> None:
    choice = Choice(
        parameters={"runtime_block": "eta-runtime/dev"},
        variables={"MODE": "dev"},
        tags=("streaming", "dev"),
    )
    made = chosen(DECLARED, choice)
    assert made.parameters == {"metrics_port": 9464, "runtime_block": "eta-runtime/dev"}
    assert made.tags == ("streaming", "dev")
    before = DECLARED.work_pool.job_variables
    assert made.work_pool.job_variables == {**before, "env": {"MODE": "dev"}}
    assert "env" not in chosen(DECLARED, Choice(parameters={})).work_pool.job_variables


def test_the_block_has_every_setting_with_its_default() -> None:
    block = EtaRuntimeSettings()
    assert block.get_block_type_slug() == "eta-runtime"
    names = {field.name for field in dataclasses.fields(RuntimeSettings)}
    assert set(EtaRuntimeSettings.model_fields) == names
    values = {name: getattr(block, name) for name in names}
    assert required([Layer("block", values)]) == RuntimeSettings()


def test_variables_are_a_block_too() -> None:
    block = RuntimeVariables(variables={"MODE": "dev"})
    assert block.get_block_type_slug() == "runtime-variables"
    assert block.variables == {"MODE": "dev"}
