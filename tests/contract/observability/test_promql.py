"""PromQL compared in effect: another layout is equal, and what fires less is told from what fires more."""

from __future__ import annotations

import pytest

from gatekeeper.contract.generation import dashboard, prometheus_rules
from gatekeeper.contract.observability.effects import Effect, changes, is_never
from gatekeeper.contract.observability.tokens import NotPromQL
from gatekeeper.contract.observability.trees import metrics, parse
from tests.contract.generation.shared import pricing, pricing_baseline


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a>0.1", "  a  >\n(1e-1) # why"),
        ("sum by (a, b) (x)", "SUM(x) BY (b,a,)"),
        ("sum by () (x)", "sum(x)"),
        ('x{a="1",b="2"}', "x{b='2', a=`1`,}"),
        ('{__name__="x"}', "x"),
        ('x{a=~"north"}', 'x{a="north"}'),
        ("rate(x[5m])", "rate(x[300s])"),
        ("rate(x[1h30m])", "rate(x[90m])"),
        ("x > 5", "5 < x"),
        ("a + b", "b + a"),
        ("x > 2 * 3", "x > 6"),
        ("a / on (m, v) group_left () b", "a / on(v, m) group_left b"),
        ("a and on (x) b", "a AND on(x) (b)"),
        ("-1 * x", "x * -1"),
        ("x > 0x10", "x > 16"),
        ("x offset 5m", "x offset 300s"),
        ("a - b - c", "(a - b) - c"),
        ("a ^ b ^ c", "a ^ (b ^ c)"),
        ("a or b and c", "a or (b and c)"),
        ("a + b * c", "a + (b * c)"),
        ('x{a="\\u00e9"}', 'x{a="é"}'),
        ("max_over_time(x[1h:5m])", "max_over_time(x[60m:300s])"),
    ],
)
def test_layout_makes_no_difference(one: str, other: str) -> None:
    assert parse(one) == parse(other)
    assert changes(parse(one), parse(other)) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a - b", "b - a"),
        ("a / b", "b / a"),
        ("a - (b - c)", "a - b - c"),
        ("sum by (a) (x)", "sum without (a) (x)"),
        ("rate(x[5m])", "rate(x[10m])"),
        ("rate(x[5m])", "increase(x[5m])"),
        ('x{a="1"}', 'x{a!="1"}'),
        ('x{a=~"n.*"}', 'x{a="n.*"}'),
        ("a > b", "a > bool b"),
        ("a and on (x) b", "a and on (y) b"),
        ("x", "x offset 5m"),
        ("x", "x @ 1"),
        ("x > 1", "x < 1"),
        ("avg(x > 1) > 2", "avg(x > 3) > 2"),
        ("x - y > 3", "x > 3 + y"),
    ],
)
def test_another_meaning_is_another_tree(one: str, other: str) -> None:
    assert parse(one) != parse(other)
    assert [each.effect for each in changes(parse(one), parse(other))] == [Effect.OTHER]


@pytest.mark.parametrize(
    ("got", "effect", "by"),
    [
        ("d > 0.5 and on (m) n >= 500", Effect.LOOSER, 0.4),
        ("d > 0.1 and on (m) n >= 5000", Effect.LOOSER, 4500),
        ("d > 0.05 and on (m) n >= 500", Effect.STRICTER, 0.05),
        ("d >= 0.1 and on (m) n >= 500", Effect.STRICTER, 0),
        ("d > 0.1 and on (m) n > 500", Effect.LOOSER, 0),
        ("d > 0.1", Effect.STRICTER, None),
        ("(d > 0.1 and on (m) n >= 500) or up == 0", Effect.STRICTER, None),
        ("(d > 0.1 and on (m) n >= 500) and vector(0) > 1", Effect.MUTED, None),
        ("(d > 0.1 and on (m) n >= 500) and on () hour() > 8", Effect.MUTED, None),
        ("(d > 0.1 and on (m) n >= 500) unless on () maintenance", Effect.MUTED, None),
        ("vector(0) > 1", Effect.MUTED, None),
        ("absent(vector(1))", Effect.MUTED, None),
        ("d > Inf and on (m) n >= 500", Effect.LOOSER, float("inf")),
        ("d > NaN and on (m) n >= 500", Effect.OTHER, None),
        ("e > 0.1 and on (m) n >= 500", Effect.OTHER, None),
        ("d < 0.1 and on (m) n >= 500", Effect.OTHER, None),
    ],
)
def test_what_a_change_does(got: str, effect: Effect, by: float | None) -> None:
    found = changes(parse("d > 0.1 and on (m) n >= 500"), parse(got))
    assert [each.effect for each in found] == [effect]
    assert found[0].by == pytest.approx(by) if by is not None else found[0].by is None


def test_a_threshold_inside_a_formula_and_a_multiple_of_what_is_by_chance() -> None:
    formula = "((sum(a) > bool 0.1) * (b >= bool 100)) > 0"
    assert changes(parse(formula), parse(formula.replace("0.1", "0.2")))[0].effect is Effect.LOOSER
    assert changes(parse("d > on (m) 1.6 * n"), parse("d > on (m) n * 3.2"))[0].effect is Effect.LOOSER
    assert changes(parse("d > on (m) 1.6 * n"), parse("d > on (m) 1.6 * k"))[0].effect is Effect.OTHER
    unless = "a > 1 unless b > 5"
    assert changes(parse(unless), parse("a > 1 unless b > 6"))[0].effect is Effect.STRICTER
    assert changes(parse(unless), parse("a > 1 unless b > 4"))[0].effect is Effect.LOOSER
    assert changes(parse("a > 1 or b > 2"), parse("a > 1"))[0].effect is Effect.MUTED


@pytest.mark.parametrize(
    "expression", ["1 > 2", "a and 1 == 2", "a > 1 unless a > 1", "vector(0) > 1 or vector(2) < 1"]
)
def test_what_is_never_true(expression: str) -> None:
    assert is_never(parse(expression))


@pytest.mark.parametrize("expression", ["a", "a > 1", "1 > bool 2", "vector(1) > 0", "a unless 1 > 2", "absent(a)"])
def test_what_may_be_true(expression: str) -> None:
    assert not is_never(parse(expression))


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "a >",
        "(a",
        "a)",
        "a{b}",
        "a{b=1}",
        "rate(x[5])x",
        "rate(x[5q])",
        "a § b",
        "f(a b)",
        "sum by a (x)",
        "-" * 300,
        "(" * 5000 + "a" + ")" * 5000,
        "a" * 70000,
        '"unclosed',
        "x offset y",
    ],
)
def test_what_is_no_promql_is_told_and_never_a_traceback(expression: str) -> None:
    with pytest.raises(NotPromQL):
        parse(expression)


def test_everything_that_is_generated_is_understood() -> None:
    assert set(metrics(parse('a + sum(b{c="d"}) / {__name__="e"}'))) == {"a", "b", "e"}
    assert "expr: |-" in prometheus_rules(pricing(), pricing_baseline())
    for panel in dashboard(pricing(), pricing_baseline())["panels"]:
        for target in panel.get("targets", []):
            parse(target["expr"])
