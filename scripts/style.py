"""Measure how dense the code is, and fail if it exceeds the given limits.

    python -m scripts.style xdportal cli --bare 8.5 --median 8 --p90 25 --max 50

A code line is a line with code on it: blank lines, comments and docstrings do not count. The
length of a function is its code lines from `def` on, without decorators; what is nested counts
for itself and for what it is nested in. Syntax nodes a line are the nodes of the function's
syntax tree, as Python's `ast` gives them, per code line; "bare" leaves out the markers Load,
Store and Del, which every name carries. The medians are over all functions.
"""

import argparse
import ast
import io
import statistics
import sys
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

SKIPPED = {"migrations", "__pycache__", ".venv", "node_modules"}
NO_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Function:
    path: str
    line: int
    name: str
    length: int
    nodes: int
    markers: int

    @property
    def density(self) -> float:
        return self.nodes / self.length

    @property
    def bare_density(self) -> float:
        return (self.nodes - self.markers) / self.length


@dataclass(frozen=True)
class Figures:
    functions: int
    nodes: float
    bare: float
    median: float
    p90: float
    longest: int


def functions_in(path: Path) -> list[Function]:
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    code = _code_lines(source) - _docstring_lines(tree)
    nodes = [node for node in ast.walk(tree) if isinstance(node, FunctionNode)]
    return [_measured(path, node, code) for node in nodes]


def _measured(path: Path, node: FunctionNode, code: set[int]) -> Function:
    span = range(node.lineno, (node.end_lineno or node.lineno) + 1)
    length = len(code.intersection(span))
    nodes = list(ast.walk(node))
    markers = [each for each in nodes if isinstance(each, ast.expr_context)]
    return Function(str(path), node.lineno, node.name, length, len(nodes), len(markers))


def _code_lines(source: str) -> set[int]:
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in NO_CODE:
            lines.update(range(token.start[0], token.end[0] + 1))
    return lines


def _docstring_lines(tree: ast.Module) -> set[int]:
    lines: set[int] = set()
    for node in ast.walk(tree):
        docstring = _docstring_of(node)
        if docstring:
            lines.update(range(docstring.lineno, (docstring.end_lineno or docstring.lineno) + 1))
    return lines


def _docstring_of(node: ast.AST) -> ast.Expr | None:
    if not isinstance(node, ast.Module | ast.ClassDef | FunctionNode) or not node.body:
        return None
    first = node.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        return first if isinstance(first.value.value, str) else None
    return None


def figures_of(functions: list[Function]) -> Figures:
    lengths = sorted(function.length for function in functions)
    return Figures(
        functions=len(functions),
        nodes=statistics.median(function.density for function in functions),
        bare=statistics.median(function.bare_density for function in functions),
        median=statistics.median(lengths),
        p90=_percentile(lengths, 90),
        longest=lengths[-1],
    )


def _percentile(ordered: list[int], percent: int) -> float:
    """Return the smallest value that this percentage of the values does not exceed."""
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(rank, 1) - 1]


def python_files(paths: Iterable[str]) -> Iterator[Path]:
    for name in paths:
        path = Path(name)
        found = [path] if path.is_file() else sorted(path.rglob("*.py"))
        yield from (file for file in found if not SKIPPED.intersection(file.parts))


def group_of(function: Function) -> str:
    """Return the room, or the folder, that a function is in."""
    parts = Path(function.path).parts
    return "/".join(parts[: min(2, len(parts) - 1)])


def faults(functions: list[Function], figures: Figures, limits: argparse.Namespace) -> list[str]:
    wanted = [
        ("syntax nodes a line, median", figures.nodes, limits.nodes),
        ("bare syntax nodes a line, median", figures.bare, limits.bare),
        ("lines a function, median", figures.median, limits.median),
        ("lines a function, p90", figures.p90, limits.p90),
    ]
    measured = [each for each in wanted if each[2] is not None]
    words = [
        f"{what} {value:.1f}, over {limit:g}" for what, value, limit in measured if value > limit
    ]
    return words + _too_long(functions, limits.max)


def _too_long(functions: list[Function], limit: int | None) -> list[str]:
    if limit is None:
        return []
    return [
        f"{function.path}:{function.line}: {function.name} has {function.length} lines, over "
        f"{limit}"
        for function in functions
        if function.length > limit
    ]


def print_table(functions: list[Function]) -> None:
    print(f"{'':<24} functions  nodes/line  bare  lines: median  p90  max")
    groups: dict[str, list[Function]] = {}
    for function in functions:
        groups.setdefault(group_of(function), []).append(function)
    for name, members in [*sorted(groups.items()), ("all", functions)]:
        figures = figures_of(members)
        print(
            f"{name:<24} {figures.functions:>9}  {figures.nodes:>10.1f}  {figures.bare:>4.1f}"
            f"  {figures.median:>13.1f}  {figures.p90:>3.0f}  {figures.longest:>3}"
        )


def print_densest(functions: list[Function], count: int) -> None:
    for function in sorted(functions, key=lambda each: -each.density)[:count]:
        where = f"{function.path}:{function.line}"
        print(f"{where}: {function.name}: {function.nodes} nodes on {function.length} lines")


def main(arguments: list[str]) -> int:
    options = _parser().parse_args(arguments)
    files = python_files(options.paths)
    functions = [function for path in files for function in functions_in(path)]
    if not functions:
        print(f"There are no functions in {' '.join(options.paths)}.", file=sys.stderr)
        return 2
    print_table(functions)
    print_densest(functions, options.densest)
    broken = faults(functions, figures_of(functions), options)
    for words in broken:
        print(words, file=sys.stderr)
    return 1 if broken else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="style", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("paths", nargs="+", metavar="PATH")
    parser.add_argument("--nodes", type=float, help="most syntax nodes a line, median")
    parser.add_argument("--bare", type=float, help="the same without Load, Store and Del")
    parser.add_argument("--median", type=float, help="most lines a function, median")
    parser.add_argument("--p90", type=float, help="most lines a function, 90th percentile")
    parser.add_argument("--max", type=int, help="most lines of any function")
    parser.add_argument("--densest", type=int, default=0, metavar="N", help="name the N densest")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
