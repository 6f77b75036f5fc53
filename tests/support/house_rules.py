"""The house rules that no linter knows, as pure functions over source text.

Each rule returns its findings as lines a reader can act on; none is the wanted answer.
"""

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath
from statistics import median, quantiles

FILE_LINES = 300
CODE_LINES_MEDIAN = 10
CODE_LINES_P90 = 30
CODE_LINES_MOST = 50
PARAMETERS = 5
NESTING = 3

_FREE_OF_PARAMETERS = frozenset({"flow", "task", "command", "callback"})
"""Decorators of flows and of the command line, where a user chooses from the parameters."""

_NESTING_NODES = (
    ast.If,
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.With,
    ast.AsyncWith,
    ast.Try,
    ast.TryStar,
    ast.Match,
)
_ABBREVIATIONS = re.compile(
    r"abbr|aux|calc|cfg|cmd|cmn|conf|ctx|db|env|func|fn|impl|mgr|misc|mod|msg|num|obj|param|pkg"
    r"|proc|repo|req|res|srv|svc|tmp|utils?|helpers?|common|manager"
)

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """What the caps look at: docstrings, comments and blank lines are no code lines."""

    name: str
    line: int
    code_lines: int
    parameters: int
    nesting: int
    decorators: frozenset[str]


@cache
def functions(source: str) -> list[Function]:
    """Measure every function and method, nested ones for themselves too."""
    code = _code_lines(source)
    return [_measure(node, code) for node in _function_nodes(_tree(source))]


def function_caps(function: Function) -> list[str]:
    """Say which caps one function breaks."""
    free = function.decorators & _FREE_OF_PARAMETERS
    checks = [
        ("code lines", function.code_lines, CODE_LINES_MOST),
        ("parameters", 0 if free else function.parameters, PARAMETERS),
        ("levels of nesting", function.nesting, NESTING),
    ]
    return [
        f"line {function.line}: {function.name} has {value} {what}, {most} at most"
        for what, value, most in checks
        if value > most
    ]


def spread_caps(code_lines: list[int]) -> list[str]:
    """Hold the functions of all files together against the caps on median and 90th percentile."""
    if len(code_lines) < 2:
        return []
    checks = [
        ("median", median(code_lines), CODE_LINES_MEDIAN),
        ("90th percentile", quantiles(code_lines, n=10)[8], CODE_LINES_P90),
    ]
    return [
        f"the {what} of code lines per function is {value:.1f}, {most} at most"
        for what, value, most in checks
        if value > most
    ]


def file_cap(source: str) -> list[str]:
    """Say when a file is too long to be about one thing."""
    lines = len(source.splitlines())
    return [f"{lines} lines, {FILE_LINES} at most"] if lines > FILE_LINES else []


def broad_excepts(source: str) -> list[str]:
    """Find what catches every exception, suppress() too."""
    found = []
    for node in ast.walk(_tree(source)):
        if isinstance(node, ast.ExceptHandler) and (node.type is None or _is_broad(node.type)):
            found.append(node.lineno)
        elif isinstance(node, ast.Call) and _last_name(node.func) == "suppress":
            found += [node.lineno for argument in node.args if _is_broad(argument)]
    return [f"line {line}: catches every exception" for line in found]


def environment_reads(source: str) -> list[str]:
    """Find every touch of the process environment."""
    names = {"environ", "environb", "getenv", "putenv"}
    found = set()
    for node in ast.walk(_tree(source)):
        if (
            isinstance(node, ast.Attribute)
            and node.attr in names
            and _last_name(node.value) == "os"
        ):
            found.add(node.lineno)
        elif isinstance(node, ast.ImportFrom) and node.module == "os":
            found |= {node.lineno for alias in node.names if alias.name in names}
        elif isinstance(node, ast.keyword) and node.arg == "envvar":
            found.add(node.lineno)
    return [f"line {line}: touches the environment, which is bootstrap's" for line in sorted(found)]


def unexplained_ignores(source: str) -> list[str]:
    """Find `type: ignore` and `noqa` that lack a code in them or a reason behind them."""
    marker = re.compile(r"#\s*(type:\s*ignore|noqa)\b")
    explained = re.compile(
        r"#\s*(type:\s*ignore\[[\w, -]+\]|noqa:\s*[A-Z]+\d+(,\s*[A-Z]+\d+)*)\s*[#:-]+\s*\w+"
    )
    return [
        f"line {line}: an ignore needs its code and, behind another #, its reason: {comment}"
        for line, comment in _comments(source)
        if marker.search(comment) and not explained.search(comment)
    ]


def open_ends(source: str) -> list[str]:
    """Find reminders in comments that name no issue."""
    reminder = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    return [
        f"line {line}: name the issue (#1) or do it: {comment}"
        for line, comment in _comments(source)
        if reminder.search(comment) and not re.search(r"#\d+", comment)
    ]


def tests_that_cannot_fail(source: str) -> list[str]:
    """Find test functions without assert, raises, warns or a check of their own."""
    telling = re.compile(r"\bassert|\b(raises|warns|fail|expect\w*|check\w*)\(")
    return [
        f"line {node.lineno}: {node.name} asserts nothing"
        for node in _function_nodes(_tree(source))
        if node.name.startswith("test_") and not telling.search(ast.unparse(node))
    ]


def abbreviated_name(path: str) -> list[str]:
    """Find names of modules that are no words of the domain."""
    words = PurePosixPath(path).stem.split("_")
    return [
        f"{word!r} is no word of the domain" for word in words if _ABBREVIATIONS.fullmatch(word)
    ]


def foreign_addresses(text: str) -> list[str]:
    """Find package registries, and paths of one person's machine, in any text."""
    patterns = {
        "a package registry": re.compile(
            r"\b(?:[\w-]+\.)*(?:pypi|pythonhosted|npmjs|crates|goproxy|proxy\.golang|deb\.debian)"
            r"(?:\.[\w-]+)*\.(?:org|com|io|net|cn|dev)\b"
            r"|--(?:extra-)?index-url|--find-(?:links)|\bGOPROXY=|//[^\s/]+/(?:simple|artifactory)\b"
        ),
        "a path of one machine": re.compile(
            r"(?<![\w.}])/(?:(?:home|Users)/\w+|root|work)/[\w.]|\b[A-Z]:\\Users\\"
        ),
    }
    return [
        f"line {number}: names {what}: {line.strip()[:80]}"
        for number, line in enumerate(text.splitlines(), 1)
        for what, pattern in patterns.items()
        if pattern.search(line)
    ]


def findings(sources: dict[str, str], rule: Callable[[str], list[str]]) -> list[str]:
    """Apply one rule to many files and say where each finding is."""
    return [f"{path}: {said}" for path, source in sources.items() for said in rule(source)]


@cache
def _tree(source: str) -> ast.Module:
    return ast.parse(source)


@cache
def _tokens(source: str) -> tuple[tokenize.TokenInfo, ...]:
    return tuple(tokenize.generate_tokens(io.StringIO(source).readline))


def _measure(node: FunctionNode, code: frozenset[int]) -> Function:
    arguments = node.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return Function(
        name=node.name,
        line=node.lineno,
        code_lines=len(code & set(range(node.lineno, (node.end_lineno or node.lineno) + 1))),
        parameters=sum(argument.arg not in ("self", "cls") for argument in named),
        nesting=max((_depth(statement) for statement in node.body), default=0),
        decorators=frozenset(_last_name(decorator) for decorator in node.decorator_list),
    )


def _depth(node: ast.AST) -> int:
    if isinstance(node, FunctionNode | ast.ClassDef | ast.Lambda):
        return 0  # measured for itself
    below = max((_depth(child) for child in _children(node)), default=0)
    return below + isinstance(node, _NESTING_NODES)


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """An elif is an if in the else of an if: to a reader it is no deeper."""
    for child in ast.iter_child_nodes(node):
        if isinstance(node, ast.If) and node.orelse == [child] and isinstance(child, ast.If):
            yield from _children(child)
        else:
            yield child


def _code_lines(source: str) -> frozenset[int]:
    blank = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
    lines: set[int] = set()
    for token in _tokens(source):
        if token.type not in blank:
            lines |= set(range(token.start[0], token.end[0] + 1))
    return frozenset(lines - _docstring_lines(source))


def _docstring_lines(source: str) -> set[int]:
    """Every statement that is only a text: docstrings, and the words under a constant or field."""
    return {
        line
        for node in ast.walk(_tree(source))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if isinstance(node.value.value, str)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }


def _comments(source: str) -> Iterator[tuple[int, str]]:
    for token in _tokens(source):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def _function_nodes(tree: ast.AST) -> Iterator[FunctionNode]:
    return (node for node in ast.walk(tree) if isinstance(node, FunctionNode))


def _is_broad(node: ast.expr) -> bool:
    if isinstance(node, ast.Tuple):
        return any(_is_broad(element) for element in node.elts)
    return _last_name(node) in ("Exception", "BaseException")


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Call):
        return _last_name(node.func)
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
