"""style.md, enforced: the rules over the repository, and each rule on literals."""

import pytest

from tests.support import house_rules
from tests.support.house_rules import findings
from tests.support.repository import texts

BROAD_EXCEPTS = 3
"""The budget of the whole package: each stands at a process boundary and says why."""

MAY_READ_ENVIRONMENT = {
    "src/windlass/bootstrap": "the one place that builds clients from settings",
    "src/windlass/settings": "what bootstrap builds from",
}
"""Starts of paths, each with its reason. A child process gets the environment bootstrap made."""


def assert_none(found: list[str]) -> None:
    """Show every finding, which a comparison of lists would cut short."""
    __tracebackhide__ = True
    assert not found, "\n" + "\n".join(found)


@pytest.fixture(scope="module")
def package() -> dict[str, str]:
    return texts("src/*.py")


@pytest.fixture(scope="module")
def python() -> dict[str, str]:
    return texts("*.py")


def test_no_function_breaks_a_cap(package: dict[str, str]) -> None:
    def rule(source: str) -> list[str]:
        return [
            said
            for function in house_rules.functions(source)
            for said in house_rules.function_caps(function)
        ]

    assert_none(findings(package, rule))


def test_most_functions_are_short(package: dict[str, str]) -> None:
    lengths = [
        function.code_lines
        for source in package.values()
        for function in house_rules.functions(source)
    ]
    assert_none(house_rules.spread_caps(lengths))


def test_no_file_is_too_long(python: dict[str, str]) -> None:
    assert_none(findings(python, house_rules.file_cap))


def test_broad_excepts_stay_within_their_budget(package: dict[str, str]) -> None:
    found = findings(package, house_rules.broad_excepts)
    assert len(found) <= BROAD_EXCEPTS, found


def test_only_bootstrap_and_settings_touch_the_environment(package: dict[str, str]) -> None:
    others = {
        path: source
        for path, source in package.items()
        if not path.startswith(tuple(MAY_READ_ENVIRONMENT))
    }
    assert_none(findings(others, house_rules.environment_reads))


def test_every_ignore_says_why(python: dict[str, str]) -> None:
    assert_none(findings(python, house_rules.unexplained_ignores))


def test_every_reminder_names_an_issue(python: dict[str, str]) -> None:
    assert_none(findings(python, house_rules.open_ends))


def test_every_test_can_fail() -> None:
    assert_none(findings(texts("tests/*.py"), house_rules.tests_that_cannot_fail))


def test_modules_have_whole_words_for_names(python: dict[str, str]) -> None:
    assert_none([said for path in python for said in house_rules.abbreviated_name(path)])


def test_no_file_names_a_registry_or_a_machine() -> None:
    assert_none(findings(texts(), house_rules.foreign_addresses))


MEASURED = '''
@flow(name="x")
def train(a, b, *, c, d, e, f, **others):
    """Docstring

    of several lines.
    """
    # a comment
    text = """two
    lines"""

    def inner(self, g):
        return g

    if a:
        for b in c:
            with d:
                pass
    elif b:
        pass
    else:
        pass
'''


def test_a_function_is_measured_without_docstrings_comments_and_blank_lines() -> None:
    train, inner = house_rules.functions(MEASURED)
    assert (train.code_lines, inner.code_lines) == (13, 2)


def test_a_function_counts_named_parameters_but_not_self() -> None:
    train, inner = house_rules.functions(MEASURED)
    assert (train.parameters, inner.parameters) == (6, 1)


def test_an_elif_is_no_deeper_than_its_if() -> None:
    train, inner = house_rules.functions(MEASURED)
    assert (train.nesting, inner.nesting) == (3, 0)
    chain = "def f(a):\n if a: pass\n elif b: pass\n elif c: pass\n elif d: pass\n else: pass\n"
    assert house_rules.functions(chain)[0].nesting == 1


def test_a_flow_may_take_many_parameters_and_a_plain_function_may_not() -> None:
    plain = MEASURED.replace("@flow", "@cached")
    assert [house_rules.function_caps(one) for one in house_rules.functions(MEASURED)] == [[], []]
    assert house_rules.function_caps(house_rules.functions(plain)[0]) == [
        "line 3: train has 6 parameters, 5 at most"
    ]


def test_long_and_deep_functions_break_their_caps() -> None:
    long = "def f():\n" + "    g()\n" * 50
    deep = "def f(a):\n while a:\n  while a:\n   while a:\n    try: g()\n    finally: pass\n"
    assert house_rules.function_caps(house_rules.functions(long)[0]) == [
        "line 1: f has 51 code lines, 50 at most"
    ]
    assert house_rules.function_caps(house_rules.functions(deep)[0]) == [
        "line 1: f has 4 levels of nesting, 3 at most"
    ]


@pytest.mark.parametrize(
    ("lengths", "count"),
    [([], 0), ([10, 10, 10], 0), ([11, 11, 11], 1), ([5] * 8 + [40, 40], 1), ([31] * 10, 2)],
)
def test_the_spread_of_lengths_is_capped(lengths: list[int], count: int) -> None:
    assert len(house_rules.spread_caps(lengths)) == count


def test_a_file_of_301_lines_is_too_long() -> None:
    assert house_rules.file_cap("x\n" * 300) == []
    assert house_rules.file_cap("x\n" * 301) == ["301 lines, 300 at most"]


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("try: f()\nexcept: pass", 1),
        ("try: f()\nexcept (KeyError, Exception): pass", 1),
        ("try: f()\nexcept builtins.BaseException as e: pass", 1),
        ("with suppress(Exception): f()", 1),
        ("try: f()\nexcept (KeyError, OSError): pass", 0),
    ],
)
def test_broad_excepts_are_found(source: str, count: int) -> None:
    assert len(house_rules.broad_excepts(source)) == count


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("import os\nx = os.environ['A']", 1),
        ("import os\nx = os.getenv('A')", 1),
        ("from os import environ", 1),
        ("x = typer.Option(envvar='A')", 1),
        ("from os import path\nx = request.environ", 0),
    ],
)
def test_environment_reads_are_found(source: str, count: int) -> None:
    assert len(house_rules.environment_reads(source)) == count


@pytest.mark.parametrize(
    ("comment", "count"),
    [
        ("type: ignore", 1),
        ("type: ignore[arg-type]", 1),
        ("noqa", 1),
        ("noqa: BLE001", 1),
        ("type: ignore[arg-type]  # catboost ships no types", 0),
        ("noqa: BLE001, S110 - a boundary: logged with its traceback", 0),
        ("ignores the type of", 0),
    ],
)
def test_ignores_without_code_or_reason_are_found(comment: str, count: int) -> None:
    assert len(house_rules.unexplained_ignores(f"x = 1  # {comment}\n")) == count


@pytest.mark.parametrize(
    ("source", "count"),
    [("# TODO later", 1), ("x = 1  # FIXME", 1), ("# TODO(#5): CRD", 0), ("x = 'TODO'", 0)],
)
def test_reminders_without_an_issue_are_found(source: str, count: int) -> None:
    assert len(house_rules.open_ends(source + "\n")) == count


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("def test_a():\n f()", 1),
        ("def test_a():\n assert f()", 0),
        ("async def test_a():\n with pytest.raises(KeyError): f()", 0),
        ("def prepare():\n f()", 0),
    ],
)
def test_tests_that_cannot_fail_are_found(source: str, count: int) -> None:
    assert len(house_rules.tests_that_cannot_fail(source)) == count


@pytest.mark.parametrize(
    ("path", "count"),
    [("a/b/promotion_mgr.py", 1), ("a/utils.py", 1), ("a/utilities/promotion.py", 0)],
)
def test_abbreviated_names_are_found(path: str, count: int) -> None:
    assert len(house_rules.abbreviated_name(path)) == count


@pytest.mark.parametrize(
    ("parts", "count"),
    [
        (["see https:/", "index.pypi", "org", "x"], 1),
        (["pip install --extra-index", "url x"], 1),
        (["open('", "home", "ada", "data')"], 1),
        (["cd ", "root", ".cache"], 1),
        (["https:/", "example.org", "home", "page"], 0),
        (["..", "shared", "data"], 0),
    ],
)
def test_addresses_of_one_machine_are_found(parts: list[str], count: int) -> None:
    """The samples are in parts, or this file would break the rule itself."""
    joint = {"index.pypi": ".", "pip install --extra-index": "-"}
    text = "".join(part + joint.get(part, "/") for part in parts)
    assert len(house_rules.foreign_addresses(text)) == count
