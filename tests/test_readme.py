"""README.md shows what is: its blocks and its picture are what the commands print, its links lead somewhere."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import msgspec
import pytest
import yaml

from gatekeeper import document, waivers
from gatekeeper.policy import ArtifactOptions, Code, Environment, Policy
from gatekeeper_checks import BUILTIN
from tests.readme import PICTURE, PICTURED, README, ROOT, blocks, filled, picture

TEXT = README.read_text(encoding="utf-8")
DOCUMENTS = [README, *(ROOT / each for each in ("SECURITY.md", "CONTRIBUTING.md", "checks/README.md"))]
DOCUMENTS += sorted((ROOT / "gatekeeper").glob("*/README.md")) + sorted((ROOT / "examples").glob("*/README.md"))


@pytest.mark.parametrize("name", blocks())
def test_each_generated_block_is_up_to_date(name: str) -> None:
    assert f"<!-- generated: {name} -->\n{blocks()[name]}\n<!-- end: {name} -->" in TEXT, "run: .ci/docs"


def test_filling_the_blocks_again_changes_nothing() -> None:
    assert filled(TEXT) == TEXT, "run: .ci/docs"


def test_a_readme_without_a_blocks_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="block 'help'"):
        filled(TEXT.replace("<!-- end: help -->", ""))


def test_the_picture_is_what_the_command_prints() -> None:
    assert PICTURE.read_bytes() == picture().encode(), "run: .ci/docs"


def test_the_picture_shows_the_commands_last_word_and_asks_nobody_for_anything() -> None:
    drawn = PICTURE.read_text(encoding="utf-8")
    shown = "".join(ET.fromstring(drawn).itertext()).replace("\N{NO-BREAK SPACE}", " ")
    assert f"$ gatekeeper {' '.join(PICTURED)}" in shown
    assert "FAIL: 1 of 2 checks failed: version-pinning" in shown
    assert not re.search(r"url\((?!#)|href|<script|<image", drawn)


def test_the_picture_has_words_for_who_does_not_see_it() -> None:
    words, path = re.findall(r"!\[([^\]]+)\]\(([^)]+)\)", TEXT)[0]
    assert ROOT / path == PICTURE
    assert {"version-pinning", "1.4.2", "1.3.0", "FAIL"} <= set(re.findall(r"[\w.-]*\w", words))


def test_the_check_that_is_shown_is_the_file() -> None:
    path, block = re.findall(r"<!-- file: (\S+) -->\n```python\n(.*?)```", TEXT, re.DOTALL)[0]
    assert block == (ROOT / path).read_text(encoding="utf-8")
    assert block.count("\n") < 40


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_link_leads_to_a_file(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text(encoding="utf-8"))
    assert not [link for link in links if not (document.parent / link).exists()]


def block(first: str) -> str:
    """Return the YAML block that begins with a line."""
    found = re.findall(rf"```yaml\n({re.escape(first)}\n.*?)```", TEXT, re.DOTALL)
    assert len(found) == 1
    return str(found[0])


def test_the_policy_that_is_shown_is_one_and_has_every_key() -> None:
    text = block("schema: gatekeeper/candidate@1").replace("sha256:…", f"sha256:{'0' * 64}")
    document.load(text.encode(), "gatekeeper.yaml", Policy)
    shown = yaml.safe_load(text)
    for keys, type_ in (
        (shown, Policy),
        (shown["artifact"], ArtifactOptions),
        (shown["environment"], Environment),
        (shown["code"], Code),
    ):
        assert set(keys) == {field.encode_name for field in msgspec.structs.fields(type_)}


def test_the_waivers_that_are_shown_are_some(tmp_path: Path) -> None:
    (tmp_path / "waivers.yaml").write_text(block("schema: gatekeeper/waivers@1"))
    codes = [rule.code for check in BUILTIN for rule in check.about.rules]
    assert len(waivers.read(tmp_path / "waivers.yaml", "waivers.yaml", codes)) == 1


def test_the_actions_inputs_and_outputs_are_named() -> None:
    action = yaml.safe_load((ROOT / ".github/actions/gatekeeper/action.yml").read_text())
    section = TEXT.partition("### In GitHub Actions\n")[2].partition("\n### ")[0]
    assert re.findall(r"^\| `([\w-]+)` \|", section, re.MULTILINE) == list(action["inputs"])
    outputs = re.findall(r"^Outputs: (.*?)\.", section, re.MULTILINE)[0]
    assert re.findall(r"`([\w-]+)`", outputs) == list(action["outputs"])


def test_the_hooks_that_are_shown_are_those_that_there_are() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    shown = yaml.safe_load(block("# .pre-commit-config.yaml").replace("<commit>", "x"))
    assert [hook["id"] for hook in shown["repos"][0]["hooks"]] == [hook["id"] for hook in hooks]
