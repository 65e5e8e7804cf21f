"""Finds code that could run text of others, as a program, as markup, as a shell's command or as SQL."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

# Reading these runs what is in them.
LOADERS = {"pickle", "_pickle", "cPickle", "cloudpickle", "dill", "jsonpickle", "marshal", "shelve", "joblib"}
EVALUATORS = {"eval", "exec", "compile", "__import__", "execfile"}
SHELLS = {
    "os.system",
    "os.popen",
    "subprocess.getoutput",
    "subprocess.getstatusoutput",
    "asyncio.create_subprocess_shell",
}
SHELLS |= {"create_subprocess_shell", "pty.spawn"}
YAML_LOADERS = {"load", "load_all", "full_load", "full_load_all", "unsafe_load", "unsafe_load_all"}
# `rx.markdown` lets markup through, scripts are made of text.
MARKUP_MAKERS = {"rx.html", "rx.markdown", "rx.script", "rx.el.script", "rx.el.iframe", "rx.el.style"}
SCRIPT_RUNNERS = {"rx.call_script", "rx.run_script", "rx.call_function", "rx.run_function"}
MARKUP_NAMES = {"dangerouslySetInnerHTML", "dangerously_set_inner_html", "innerHTML", "inner_html", "srcdoc", "src_doc"}
ADDRESS_NAMES = {"href", "src", "action", "form_action"}
# These take nothing but text that is there in the source; the others also take statements of SQLAlchemy.
PLAIN_SQL = {"text", "exec_driver_sql", "literal_column", "DDL", "executescript"}
SQL_RUNNERS = PLAIN_SQL | {
    "execute",
    "executemany",
    "scalar",
    "scalars",
    "fetch",
    "fetchrow",
    "fetchval",
    "stream",
    "prepare",
}
SQL_HEAD = re.compile(
    r"\s*(SELECT\s|INSERT INTO|UPDATE \S* ?SET|DELETE FROM|WITH \w+ AS"
    r"|(CREATE|DROP|ALTER|ATTACH|TRUNCATE|COPY|GRANT|PRAGMA) )"
)
SCRIPT_PATTERNS = {
    "markup": r"dangerouslySetInnerHTML|\b(?:inner|outer)HTML\b|insertAdjacentHTML|document\s*\.\s*write"
    r"|createContextualFragment|DOMParser|setHTMLUnsafe|\bsrcdoc\b|\brehype-?[rR]aw\b",
    "evaluation": r"\beval\s*\(|\bFunction\s*\(|\bset(?:Timeout|Interval)\s*\(\s*[\"'`]|\bimportScripts\b",
    "address": r"javascript:|\b(?:href|src|srcDoc|action|formAction|xlinkHref)=\{(?![\"'`])",
}


@dataclass(frozen=True)
class Finding:
    """One place: its line, which rule it breaks, and the code."""

    line: int
    rule: str
    code: str


def in_script(source: str) -> list[Finding]:
    """What is found in JavaScript and JSX."""
    return [
        Finding(source.count("\n", 0, match.start()) + 1, rule, match.group())
        for rule, pattern in SCRIPT_PATTERNS.items()
        for match in re.finditer(pattern, source)
    ]


def in_python(source: str) -> list[Finding]:
    """What is found in Python."""
    tree = ast.parse(source)
    found: list[Finding] = []
    for node, strings in _with_scopes(tree, {}):
        found += [Finding(node.lineno, rule, code) for rule, code in _judge(node, strings)]
    return found


Strings = Mapping[str, ast.expr]


def _with_scopes(node: ast.AST, strings: Strings) -> Iterator[tuple[ast.expr | ast.stmt, Strings]]:
    """Each node with the values of the names that are assigned once in its function or around it."""
    if isinstance(node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        arguments = [] if isinstance(node, ast.Module) else [arg.arg for arg in _arguments(node)]
        strings = {name: value for name, value in {**strings, **_assigned(node)}.items() if name not in arguments}
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr | ast.stmt):
            yield child, strings
        yield from _with_scopes(child, strings)


def _arguments(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> list[ast.arg]:
    return [each for each in ast.walk(node.args) if isinstance(each, ast.arg)]


def _assigned(scope: ast.AST) -> dict[str, ast.expr]:
    """A name that is assigned several times stands for all of it, as if it were added up."""
    found: dict[str, ast.expr] = {}
    for node in _own_nodes(scope):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                pass
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                pass
            case (
                ast.AugAssign(target=ast.Name(id=name), value=value)
                | ast.NamedExpr(target=ast.Name(id=name), value=value)
            ):
                pass
            case _:
                continue
        found[name] = ast.BinOp(found[name], ast.Add(), value) if name in found else value
    return found


def _own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(scope):
        yield child
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            yield from _own_nodes(child)


def _judge(node: ast.expr | ast.stmt, strings: Strings) -> Iterator[tuple[str, str]]:
    match node:
        case ast.Import(names=names):
            yield from (("loader", alias.name) for alias in names if alias.name.partition(".")[0] in LOADERS)
        case ast.ImportFrom(module=str(module), names=names):
            yield from _judge_import(module, names)
        case ast.Call():
            yield from _judge_call(node, strings)
        case ast.Constant(value=str(text)) if text in MARKUP_NAMES:
            yield "markup", text
    if isinstance(node, ast.JoinedStr | ast.BinOp | ast.Call) and _is_built_sql(node):
        yield "sql", ast.unparse(node)


def _judge_import(module: str, names: list[ast.alias]) -> Iterator[tuple[str, str]]:
    for alias in names:
        whole = f"{module}.{alias.name}"
        if module.partition(".")[0] in LOADERS:
            yield "loader", whole
        if module == "yaml" and alias.name in YAML_LOADERS:
            yield "loader", whole
        if whole in SHELLS:
            yield "shell", whole


def _judge_call(call: ast.Call, strings: Strings) -> Iterator[tuple[str, str]]:
    function = ast.unparse(call.func)
    last = function.rpartition(".")[2]
    if function in EVALUATORS or function.startswith("builtins."):
        yield "evaluation", ast.unparse(call)
    if function in SHELLS:
        yield "shell", ast.unparse(call)
    if function.startswith("yaml.") and last in YAML_LOADERS:
        yield "loader", ast.unparse(call)
    if function in MARKUP_MAKERS:
        yield "markup", ast.unparse(call)
    if function in SCRIPT_RUNNERS and not _is_constant(call.args[0] if call.args else None, {}):
        yield "evaluation", ast.unparse(call)
    for keyword in call.keywords:
        if keyword.arg == "shell" and not (isinstance(keyword.value, ast.Constant) and keyword.value.value is False):
            yield "shell", ast.unparse(call)
        if keyword.arg in MARKUP_NAMES:
            yield "markup", ast.unparse(call)
        is_element = function.startswith(("rx.", "reflex.")) or last == "create"
        if keyword.arg in ADDRESS_NAMES and is_element and not _is_named_constant(keyword.value, strings):
            yield "address", f"{keyword.arg}={ast.unparse(keyword.value)}"
    if last in SQL_RUNNERS and call.args:
        sql = call.args[0]
        is_plain = last in PLAIN_SQL and not (last == "text" and "." in function and not function.startswith("sa."))
        if _is_built(sql, strings) or (is_plain and not _is_named_constant(sql, strings)):
            yield "sql", ast.unparse(call)


def _is_constant(node: ast.expr | None, strings: Strings) -> bool:
    match node:
        case ast.Constant(value=str()):
            return True
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _is_constant(left, strings) and _is_constant(right, strings)
        case ast.IfExp(body=body, orelse=other):
            return _is_constant(body, strings) and _is_constant(other, strings)
        case ast.Name(id=name) if name in strings:
            return _is_constant(strings[name], {key: value for key, value in strings.items() if key != name})
        case _:
            return False


def _is_named_constant(node: ast.expr, strings: Strings) -> bool:
    """Also a constant of another module, by its spelling: where it is defined it is looked at by itself."""
    name = ast.unparse(node).rpartition(".")[2]
    is_elsewhere = isinstance(node, ast.Name | ast.Attribute) and name.isupper() and name not in strings
    return is_elsewhere or _is_constant(node, strings)


def _is_built(node: ast.expr, strings: Strings) -> bool:
    """Whether a text is put together from what is only known when the program runs."""
    match node:
        case ast.JoinedStr(values=values):
            return any(isinstance(value, ast.FormattedValue) for value in values)
        case ast.BinOp(left=left, op=ast.Add() | ast.Mod(), right=right):
            return not _is_constant(node, strings) and (
                _is_text(left, strings)
                or _is_text(right, strings)
                or _is_built(left, strings)
                or _is_built(right, strings)
            )
        case ast.Call(
            func=ast.Attribute(value=value, attr="format" | "join" | "replace" | "format_map" | "substitute")
        ):
            return _is_text(value, strings) or _is_built(value, strings)
        case ast.Call(args=[only]) if ast.unparse(node.func).rpartition(".")[2] in {"text", "dedent", "str"}:
            return _is_built(only, strings)
        case ast.IfExp(body=body, orelse=other):
            return _is_built(body, strings) or _is_built(other, strings)
        case ast.Name(id=name) if name in strings:
            return _is_built(strings[name], {key: value for key, value in strings.items() if key != name})
        case _:
            return False


def _is_text(node: ast.expr, strings: Strings) -> bool:
    return isinstance(node, ast.JoinedStr) or _is_constant(node, strings)


def _is_built_sql(node: ast.expr) -> bool:
    """Whether it looks like SQL by its beginning, wherever it is handed to afterwards."""
    return _is_built(node, {}) and SQL_HEAD.match(_head(node)) is not None


def _head(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            # A value stands for a word.
            return "".join(_head(value) if isinstance(value, ast.Constant) else "x" for value in values)
        case ast.BinOp(left=left, right=right):
            return _head(left) + _head(right)
        case ast.Call(func=ast.Attribute(value=value)):
            return _head(value)
        case _:
            return "x"
