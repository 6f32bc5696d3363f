"""`gatekeeper lint`: whether serving code builds graphs, keeps tensors, trains, or loads what may execute something."""

from __future__ import annotations

import gc
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gatekeeper.errors import UsageError
from gatekeeper.inference.analysis import Asked, Tree, analyse, read_tree, with_texts
from gatekeeper.model import Verdict
from gatekeeper.report.lint import FORMATS, Lint, Mended, renderer
from gatekeeper.report.lint.wording import count
from gatekeeper.report.printable import one_line

if TYPE_CHECKING:
    from gatekeeper.cli.mending import Repaired
    from gatekeeper.inference.facts import Analysis
    from gatekeeper.inference.sources import Source
    from gatekeeper.model import Rule
    from gatekeeper_checks.no_grad.judging import Judged


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(path_type=Path))
@click.option("--entry", "entries", multiple=True, metavar="PKG.MOD:CLS.METH", help="A function that production calls.")
@click.option("--all-functions", is_flag=True, help="Every public function counts as an entry point.")
@click.option("--format", "format_", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the report there.")
@click.option("--select", multiple=True, metavar="CODE", help="Report only this code or family, such as no-grad.")
@click.option("--fix", is_flag=True, help="Mend what can be mended without changing what the code does.")
@click.option("--unsafe-fixes", is_flag=True, help="Mend also what changes it: guards on functions, detached tensors.")
@click.option("--diff", is_flag=True, help="Print what the fixes would change, and write nothing.")
@click.option("--explain-path", is_flag=True, help="Show every step of the way to a finding with its place.")
@click.option("--torch", metavar="VERSION", help="The torch that the code runs with.")
@click.option("--lock", type=click.Path(path_type=Path, dir_okay=False), help="The lock that pins that torch.")
def lint(  # noqa: PLR0913 - one for each option
    *,
    paths: tuple[Path, ...],
    entries: tuple[str, ...],
    all_functions: bool,
    format_: str,
    output: Path | None,
    select: tuple[str, ...],
    fix: bool,
    unsafe_fixes: bool,
    diff: bool,
    explain_path: bool,
    torch: str | None,
    lock: Path | None,
) -> int:
    """Lint serving code for torch: every forward call that a request reaches must run with gradients off.

    Nothing of the code is imported. The entry points of serving frameworks are recognised; --entry names others.

    Exit codes: 0 clean, 1 findings, 2 usage, 3 a file could not be parsed or no entry point was found.
    """
    # A lint ends before a cycle of garbage would matter, and the collector would look at each node again and again.
    gc.disable()
    if torch is not None and lock is not None:
        raise UsageError("--torch and --lock both say which torch it is", fix="give one of them")
    version = _pinned(lock) if lock is not None else torch
    selected = _selected(select)

    asked = _Asked(entries, version, selected, all_functions=all_functions)
    tree = read_tree(paths)
    mended: Mended | None = None
    if fix or unsafe_fixes or diff:
        from gatekeeper.cli import mending

        repaired = mending.mend(tree, lambda each: _look(each, asked).judged, unsafe=unsafe_fixes)
        mended = repaired.mended
        if diff:
            return _show(repaired, output)
        mending.write(repaired)
        tree = with_texts(tree, repaired.texts)
    seen = _look(tree, asked)
    report = Lint(
        analysis=seen.analysis,
        judged=seen.judged,
        rules={code: rule for code, rule in _rules().items() if code in selected},
        torch=_said(version, lock),
        lines=_lines(seen),
        explain_path=explain_path,
        mended=mended,
    )
    _deliver(renderer(format_)(report), output)
    _complain(report, format_)
    return report.verdict.value


@dataclass(frozen=True, slots=True)
class _Asked:
    entries: Sequence[str]
    torch: str | None
    selected: frozenset[str]
    all_functions: bool = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class _Seen:
    analysis: Analysis
    judged: Sequence[Judged]
    sources: Mapping[str, Source]


def _look(tree: Tree, asked: _Asked) -> _Seen:
    from gatekeeper_checks.no_grad.judging import judge_analysis

    analysis = analyse(tree, Asked(entries=tuple(asked.entries), all_functions=asked.all_functions, torch=asked.torch))
    judged = [each for each in judge_analysis(analysis) if each.finding.code in asked.selected]
    return _Seen(analysis, judged, tree.sources)


def _show(repaired: Repaired, output: Path | None) -> int:
    """Deliver what the fixes would change; where they change nothing, that is the answer."""
    _deliver(repaired.difference, output)
    for sentence in repaired.mended.refused:
        click.echo(one_line(sentence), err=True)
    click.echo(f"{count(repaired.mended.fixed, 'finding')} would be fixed; nothing was written", err=True)
    return Verdict.FAIL.value if repaired.difference else Verdict.PASS.value


def _rules() -> Mapping[str, type[Rule]]:
    from gatekeeper_checks.no_grad import NoGrad

    # That no code is declared can be said of a candidate alone.
    return {rule.code: rule for rule in NoGrad.about.rules if rule.code != "no-grad/no-code"}


def _selected(select: Sequence[str]) -> frozenset[str]:
    """Return the codes that are asked for.

    Raises:
        UsageError: one of them is neither a code nor a family.
    """
    codes = list(_rules())
    if not select:
        return frozenset(codes)
    families = {code.partition("/")[0] for code in codes}
    for each in select:
        if each not in codes and each not in families:
            from gatekeeper.words import did_you_mean

            raise UsageError(f"--select: there is no code {each!r}", fix=did_you_mean(each, [*codes, *families]))
    return frozenset(code for code in codes if code in select or code.partition("/")[0] in select)


def _pinned(path: Path) -> str:
    """Return the version of torch that a lock pins.

    Raises:
        Unreadable: the lock can't be read.
        UsageError: it pins no torch.
    """
    from gatekeeper.environment import read_lock
    from gatekeeper.reading import reading

    with reading(path) as opened:
        lock = read_lock(opened.stream)
    versions = {row.version for row in lock.rows if row.name == "torch" and row.version}
    if len(versions) != 1:
        what = f"--lock: {path} pins {'no torch' if not versions else 'several versions of torch'}"
        raise UsageError(what, fix="say the version: --torch 2.5.1")
    return versions.pop()


def _said(version: str | None, lock: Path | None) -> str:
    if version is None:
        return "not known, judged strictly (--torch VERSION or --lock FILE tells)"
    return f"{version}, pinned by {lock}" if lock is not None else f"{version}, as given"


def _lines(seen: _Seen) -> dict[tuple[str, int | None], Sequence[str]]:
    """Return the lines of the files, and of the cells of notebooks, that have findings."""
    wanted = {each.finding.at.path for each in seen.judged}
    return {
        (path, cell): lines
        for path in wanted
        for cell, lines in seen.sources[path].lines_by_cell()
        if path in seen.sources
    }


def _deliver(text: str, output: Path | None) -> None:
    if output is None:
        sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
        sys.stdout.flush()
        return
    from gatekeeper.cli.files import write_whole

    write_whole(output, text.encode("utf-8", "backslashreplace"))


def _complain(report: Lint, format_: str) -> None:
    """Say on standard error what a list of findings has no place for."""
    if format_ != "json":
        return
    for flaw in report.flaws:
        place = ":".join(str(part) for part in (flaw.path or None, flaw.line, flaw.column) if part is not None)
        click.echo(one_line(f"{place}: {flaw.what}" if place else flaw.what), err=True)
        click.echo(one_line(f"  fix: {flaw.fix}"), err=True)
