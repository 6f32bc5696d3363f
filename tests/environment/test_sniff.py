"""Which files a walk through a folder takes for locks."""

from pathlib import Path

import pytest

from gatekeeper.environment import looks_like_lock

CORPUS = Path(__file__).parent / "corpus"
HASH = f"--hash=sha256:{'a' * 64}"


@pytest.mark.parametrize("name", ["training.txt", "universal.txt", "export.txt", "editable.txt", "large.txt"])
def test_a_real_lock_is_recognised_by_its_first_bytes(name: str) -> None:
    assert looks_like_lock((CORPUS / name).read_bytes()[:4096])


@pytest.mark.parametrize(
    "text",
    [
        f"\ufeff# header\r\n--require-hashes\r\nsix==1.16.0 \\\r\n    {HASH}\r\n",
        f"six[a] == 1.16.0 ; python_version < '3.12' {HASH}",
        f"six @ https://h/six.whl {HASH}",
    ],
)
def test_a_lock_in_another_dress_is_recognised(text: str) -> None:
    assert looks_like_lock(text.encode())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"six==1.16.0\n",
        b"numpy>=1.26\npandas\n",
        f"FROM python:3.11\nRUN pip install \\\n  six==1.16.0 {HASH}\n".encode(),
        f"# Locks\n\nA row looks like this:\n\nsix==1.16.0 {HASH}\n".encode(),
        f"- item\n\nimport os  # {HASH}\n".encode(),
        b"\x80\x04\x95\x00\x00",
    ],
)
def test_what_is_no_lock_with_hashes_is_not_taken_for_one(content: bytes) -> None:
    assert not looks_like_lock(content)


@pytest.mark.parametrize("name", ["uv.lock", "pylock.toml"])
def test_a_lock_of_another_format_is_not_taken_for_one(name: str) -> None:
    assert not looks_like_lock((CORPUS / name).read_bytes()[:4096])
