"""Candidates whose deployed rules and dashboard are generated, and then changed as people change them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from gatekeeper_checks import _manifest_samples as manifests
from gatekeeper_checks import _samples

NOTES = {
    **manifests.NOTES,
    "rules.yaml": "the generated rules, with one change",
    "dashboard.json": "the generated dashboard, with one change",
}
POLICY = manifests.POLICY + "deployment: [rules.yaml, dashboard.json]\n"


def deployed(
    *,
    delete: str | None = None,
    replace: tuple[str, str] | None = None,
    dashboard: tuple[str, str] | None = None,
    without_panel: str | None = None,
    **blocks: Any,
) -> Mapping[str, str | bytes]:
    """Return a candidate with what was generated from its manifest, changed; it is made when somebody looks at it.

    Args:
        delete: an alert that is taken out of the rules.
        replace: a text of the rules, and what stands there instead, at its first place.
        dashboard: the same for the dashboard, at every place.
        without_panel: a part of the titles of the panels that are taken out.
        blocks: of the manifest.
    """
    return _samples.Later(lambda: _made(delete, replace, dashboard, without_panel, blocks))


def _made(
    delete: str | None,
    replace: tuple[str, str] | None,
    dashboard: tuple[str, str] | None,
    without_panel: str | None,
    blocks: Mapping[str, Any],
) -> dict[str, str | bytes]:
    from gatekeeper.contract.baseline.document import read  # noqa: PLC0415 - no run needs an example
    from gatekeeper.contract.generation import generate  # noqa: PLC0415 - the same
    from gatekeeper.contract.manifest.document import load  # noqa: PLC0415 - the same

    files = dict(manifests.files(POLICY, **blocks))
    manifest = load(str(files["manifest.yaml"]).encode(), "manifest.yaml")
    baseline = read(str(files["baseline.json"]).encode())
    made = generate(manifest, baseline, ("prometheus-rules", "grafana"))
    rules, board = made["rules.yaml"].decode(), made["dashboard.json"].decode()
    if delete is not None:
        rules = _without(rules, delete)
    if replace is not None:
        assert replace[0] in rules
        rules = rules.replace(*replace, 1)
    if dashboard is not None:
        board = board.replace(*dashboard)
    if without_panel is not None:
        document = json.loads(board)
        document["panels"] = [each for each in document["panels"] if without_panel not in each.get("title", "")]
        board = json.dumps(document, indent=2) + "\n"
    return {**files, "rules.yaml": rules, "dashboard.json": board}


def _without(rules: str, alert: str) -> str:
    """Return the rules without one alert: its lines, as they are generated."""
    kept, skipping = [], False
    for line in rules.splitlines(keepends=True):
        if line.startswith("      - "):
            skipping = f'alert: "{alert}"' in line or line.rstrip().endswith(f"alert: {alert}")
        elif not line.startswith("        "):
            skipping = False
        if not skipping:
            kept.append(line)
    return "".join(kept)
