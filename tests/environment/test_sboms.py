"""SBOMs as inventories: what real tools write, what of it counts, and what is refused."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.environment import Lock, Row, Source, read_lock
from gatekeeper.environment.formats import Format
from gatekeeper.environment.projection import project
from gatekeeper.environment.target import parse_target
from gatekeeper.errors import Unreadable

CORPUS = Path(__file__).parent / "corpus_inventories"
LINUX = parse_target("cp3.11.7-linux_x86_64")
VERSIONS = {"click": "8.1.7", "joblib": "1.4.2", "redis": "5.0.4"}
A = "a" * 64
BOM = {"bomFormat": "CycloneDX", "specVersion": "1.6"}
SPDX = {"spdxVersion": "SPDX-2.3"}


def read(document: str | bytes | dict[str, Any]) -> Lock:
    text = json.dumps(document) if isinstance(document, dict) else document
    return read_lock(io.BytesIO(text.encode() if isinstance(text, str) else text))


def of_corpus(name: str) -> Lock:
    return read((CORPUS / name).read_bytes())


def component(purl: str | None = "pkg:pypi/numpy@1.26.4", **more: Any) -> dict[str, Any]:
    identity = {} if purl is None else {"purl": purl}
    return {"type": "library", "name": "numpy", "version": "1.26.4", **identity, **more}


def bom(*components: dict[str, Any]) -> dict[str, Any]:
    return {**BOM, "components": list(components)}


def package(purl: str | None = "pkg:pypi/numpy@1.26.4", **more: Any) -> dict[str, Any]:
    references = [] if purl is None else [{"referenceType": "purl", "referenceLocator": purl}]
    return {"name": "numpy", "versionInfo": "1.26.4", "externalRefs": references, **more}


def spdx(*packages: dict[str, Any]) -> dict[str, Any]:
    return {**SPDX, "packages": list(packages)}


def only(lock: Lock) -> Row:
    (row,) = lock.rows
    return row


def refusal(document: str | bytes | dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(Unreadable) as caught:
        read(document)
    return caught.value.what, caught.value.fix


@pytest.mark.parametrize(
    ("name", "form", "more"),
    [
        ("environment.cdx.json", Format.CYCLONEDX, {"pip": "26.3", "pricing": "1.0"}),
        ("requirements.cdx.json", Format.CYCLONEDX, {"async-timeout": "5.0.1", "colorama": "0.4.6"}),
        ("requirements.spdx.json", Format.SPDX, {}),
    ],
)
def test_a_real_sbom_gives_names_and_versions(name: str, form: Format, more: dict[str, str]) -> None:
    lock = of_corpus(name)
    assert lock.format is form
    assert {row.name: row.version for row in lock.rows} == VERSIONS | more
    assert not lock.warnings


def test_what_uv_exports_has_hashes_and_markers() -> None:
    lock = of_corpus("uv.cdx.json")
    assert {row.name: row.version for row in project(lock, LINUX)} == VERSIONS
    assert {row.name: row.marker for row in lock.rows if row.marker} == {
        "async-timeout": 'python_full_version < "3.11.3"',
        "colorama": 'sys_platform == "win32"',
    }
    click = next(row for row in lock.rows if row.name == "click")
    assert [each.file for each in click.hashes] == ["click-8.1.7-py3-none-any.whl", "click-8.1.7.tar.gz"]


def test_the_same_hashes_come_from_two_tools() -> None:
    exported, described = of_corpus("uv.cdx.json"), of_corpus("requirements.cdx.json")
    assert {row.name: row.hashes for row in exported.rows} == {row.name: row.hashes for row in described.rows}


def test_a_component_in_a_folder_is_told_as_such() -> None:
    row = next(row for row in of_corpus("environment.cdx.json").rows if row.name == "pricing")
    assert (row.source, row.url) == (Source.PATH, "file:///srv/pricing")


def test_what_is_no_python_distribution_is_left_out_and_counted() -> None:
    lock = read(bom(component(), component("pkg:deb/debian/libc6@2.36"), component(None, type="operating-system")))
    assert [row.name for row in lock.rows] == ["numpy"]
    assert lock.warnings == ("left out, for they are no Python distributions: 2 components",)
    lock = read(spdx(package(), package("pkg:npm/left-pad@1.0"), package(None, primaryPackagePurpose="CONTAINER")))
    assert [row.name for row in lock.rows] == ["numpy"]
    assert lock.warnings == ("left out, for they are no Python distributions: 2 packages",)


@pytest.mark.parametrize("document", [bom(component(None)), spdx(package(None))], ids=["cyclonedx", "spdx"])
def test_without_a_package_url_nothing_says_that_it_is_no_python_distribution(document: dict[str, Any]) -> None:
    assert (only(read(document)).name, only(read(document)).version) == ("numpy", "1.26.4")


def test_two_copies_of_a_package_stay_two() -> None:
    lock = read(bom(component(), component("pkg:pypi/numpy@1.24.0")))
    assert [row.version for row in lock.rows] == ["1.26.4", "1.24.0"]
    assert len(read(spdx(package(), package())).rows) == 2


def test_components_inside_of_components_count() -> None:
    inside = component("pkg:pypi/scipy@1.14.0")
    lock = read(bom(component(components=[inside]), component("pkg:pypi/pandas@2.2.1")))
    assert [row.name for row in lock.rows] == ["numpy", "scipy", "pandas"]


@pytest.mark.parametrize("version", ["", "2024b-custom"])
def test_a_version_that_nobody_can_compare_stays_as_it_is(version: str) -> None:
    for document in (
        bom(component(f"pkg:pypi/numpy@{version}", version=version)),
        spdx(package(None, versionInfo=version)),
    ):
        row = only(read(document))
        assert (row.version, row.specifier) == (None, version)


@pytest.mark.parametrize("unknown", ["NOASSERTION", "NONE"])
def test_what_spdx_writes_for_no_version_is_none(unknown: str) -> None:
    assert only(read(spdx(package(None, versionInfo=unknown)))).specifier == ""


@pytest.mark.parametrize(
    ("purl", "expected"),
    [
        ("pkg:pypi/Scikit_Learn@1.4.2%2Bcpu", ("scikit-learn", "1.4.2+cpu", Source.INDEX, None, None)),
        ("pkg:pypi/torch@2.2?repository_url=https://u:p@H/whl/", ("torch", "2.2", Source.INDEX, None, "https://h/whl")),
        ("pkg:pypi/six@1.0?vcs_url=git%2Bhttps://u:p@h/x%40a", ("six", "1.0", Source.VCS, "git+https://h/x@a", None)),
        ("pkg:pypi/six@1.0?download_url=https://h/six.whl", ("six", "1.0", Source.URL, "https://h/six.whl", None)),
        ("pkg:conda/openssl@1.1.1w?build=h7f8727e_0&subdir=linux-64", ("openssl", "1.1.1w", Source.CONDA, None, None)),
    ],
    ids=["local", "index", "vcs", "url", "conda"],
)  # fmt: skip
def test_what_a_package_url_says(purl: str, expected: tuple[object, ...]) -> None:
    row = only(read(bom(component(purl))))
    assert (row.name, row.version, row.source, row.url, row.index) == expected


def test_a_conda_package_keeps_its_build_platform_and_channel() -> None:
    purl = "pkg:conda/numpy@1.26.4?build=py311_0&subdir=linux-64&channel=https%3A%2F%2Fexample.com%2Fconda-forge"
    row = only(read(bom(component(purl))))
    assert (row.build, row.platform, row.index) == ("py311_0", "linux-64", "https://example.com/conda-forge")


def test_hashes_count_only_where_they_are_those_of_an_artifact() -> None:
    hashes = [{"alg": "SHA-256", "content": A}]
    assert not only(read(bom(component(hashes=hashes)))).hashes
    assert only(read(bom(component(name="numpy-1.26.4-py3-none-any.whl", hashes=hashes)))).hashes
    website = {"type": "website", "url": "https://h/", "hashes": hashes}
    assert not only(read(bom(component(externalReferences=[website])))).hashes
    checksums = [{"algorithm": "SHA256", "checksumValue": A}]
    assert not only(read(spdx(package(checksums=checksums, downloadLocation="https://h/numpy/#files")))).hashes
    (found,) = only(read(spdx(package(checksums=checksums, packageFileName="./numpy-1.26.4.tar.gz")))).hashes
    assert (str(found), found.file) == (f"sha256:{A}", "numpy-1.26.4.tar.gz")


def test_a_hash_that_no_lock_can_hold_is_none() -> None:
    stated = [{"alg": "BLAKE3", "content": A}, {"alg": "SHA-512", "content": "b" * 128}]
    reference = {"type": "distribution", "url": "https://h/numpy.whl", "hashes": stated}
    assert [each.algorithm for each in only(read(bom(component(externalReferences=[reference])))).hashes] == ["sha512"]


def test_a_newer_minor_version_is_read_with_a_warning() -> None:
    assert read({**BOM, "specVersion": "1.9"}).warnings == (
        "its specVersion 1.9 is newer than 1.7: what is new in it is not read",
    )


CYCLONEDX = "write it again: cyclonedx-py environment PYTHON --output-format JSON, or syft IMAGE -o cyclonedx-json"
SPDX_JSON = "write SPDX 2.3 in JSON: syft IMAGE -o spdx-json@2.3, or sbom4python --sbom spdx --format json"


@pytest.mark.parametrize(
    ("document", "what", "fix"),
    [
        ((CORPUS / "environment.cdx.xml").read_text(), "got CycloneDX in XML, expected it in JSON", CYCLONEDX),
        ((CORPUS / "requirements.spdx").read_text(), "got SPDX in tag-value form, expected it in JSON", SPDX_JSON),
        ({**BOM, "specVersion": "2.0"}, "specVersion: got '2.0', expected 1.4 to 1.7", CYCLONEDX),
        ({**BOM, "specVersion": "1.3"}, "specVersion: got '1.3', expected 1.4 to 1.7", CYCLONEDX),
        ({"spdxVersion": "SPDX-2.1"}, "spdxVersion: got 'SPDX-2.1', expected SPDX-2.2 or SPDX-2.3", SPDX_JSON),
        ({"@context": "https://h/3.0"}, "@context: got SPDX 3, expected SPDX-2.2 or SPDX-2.3", SPDX_JSON),
        ({**BOM, "components": {}}, "components: got an object, expected a list", CYCLONEDX),
        ({**BOM, "components": [1]}, "components[0]: got a number, expected an object", CYCLONEDX),
        (bom(component(None, name="num py")), "components[0].name: got 'num py', expected the name of a distribution",
         CYCLONEDX),
        (bom(component(version=1.0)), "components[0].version: got a number, expected text", CYCLONEDX),
        (bom(component("numpy")),
         "components[0].purl: got 'numpy', expected a package URL such as pkg:pypi/numpy@2.3.1", CYCLONEDX),
        (spdx(package(checksums=[{"algorithm": "SHA256", "checksumValue": "00"}], packageFileName="x.whl")),
         "packages[0].checksums[0].checksumValue: got a sha256 hash of 2 characters, expected 64 hex digits",
         SPDX_JSON),
    ],
    ids=["xml", "tag-value", "major", "old", "spdx", "spdx-3", "object", "number", "name", "version", "purl", "hash"],
)  # fmt: skip
def test_what_can_not_be_read_whole_is_refused(document: str | dict[str, Any], what: str, fix: str) -> None:
    assert refusal(document) == (what, fix)


PROBE = "take a probe of what is installed: gatekeeper env probe --python PATH > production.json"


@pytest.mark.parametrize(
    ("document", "fix"),
    [
        ({"artifacts": []}, "write the SBOM in another form: syft IMAGE -o cyclonedx-json > production.json"),
        ({"install": []}, "install it, then: python -m pip inspect > production.json"),
        ({"what": 1}, PROBE),
    ],
)
def test_other_json_is_refused_with_what_to_write_instead(document: dict[str, Any], fix: str) -> None:
    key = next(iter(document))
    what = f"got JSON with the keys {key!r}; expected a probe, `pip inspect`, a CycloneDX or an SPDX SBOM"
    assert refusal(document) == (what, fix)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('{"bomFormat": "CycloneDX", "comp', "it is no JSON: Unterminated string starting at"),
        ('{"a": 1, "a": 2}', "got the key 'a' twice in one object, expected each once"),
        ('{"a": NaN}', "got NaN, which JSON does not have; expected a number or null"),
        ("[{}]", "got a list, expected an object"),
        ('{"a": ' + "[" * 100_000, "its lists and objects are nested too deeply to be read"),
    ],
    ids=["truncated", "twice", "nan", "list", "deep"],
)
def test_broken_json_is_refused(text: str, what: str) -> None:
    assert refusal(text) == (what, PROBE)


def test_a_character_of_no_name_is_shown_by_what_it_is() -> None:
    what, _ = refusal(bom(component(None, name="\u0455ix")))
    assert what == "components[0].name: got '\u0455ix', expected the name of a distribution"
