"""The target: the Python and the platform that an environment is for, and the marker values that follow from it.

Written like the tags of a wheel, `cp311-linux_x86_64` or `cp311-cp311-linux_x86_64`, or with the patch release,
`cp3.11.9-linux_x86_64`. A tag says nothing about the patch release; a marker whose answer hangs on it can't be decided
for such a target, see `gatekeeper.environment.projection`.

Or written as conda names a platform, `linux-64`, which says nothing about Python at all: there the lock itself pins it,
see `Target.with_python`.
"""

from __future__ import annotations

import os
import re
import sys
import sysconfig
from dataclasses import dataclass, replace

from gatekeeper.errors import UsageError

_NUMBER = r"(?:0|[1-9][0-9]{0,2})"
_FORM = re.compile(
    rf"cp(?:3(?P<minor>{_NUMBER})|(?P<full>3\.(?P<full_minor>{_NUMBER})\.{_NUMBER}(?:(?:a|b|rc){_NUMBER})?))"
    # As in the name of a wheel, CPython's own ABI may stand behind the interpreter, and the `t` there alone.
    r"(?P<threads>t?)-(?:cp3(?P<abi_minor>[0-9]+)(?P<abi_threads>t?)-)?(?P<platform>\S+)"
)
_RELEASE = re.compile(rf"3\.(?P<minor>{_NUMBER})\.{_NUMBER}(?:(?:a|b|rc){_NUMBER})?")
_PLATFORM = re.compile(
    r"(?P<system>linux|(?:many|musl)linux_[0-9]{1,3}_[0-9]{1,3}|manylinux(?:1|2010|2014)|macosx_[0-9]{1,3}_[0-9]{1,3}|win)"
    r"_(?P<machine>[a-z0-9_]+)"
)
# PEP 600: the older names of three glibc profiles.
_PERENNIAL = {"manylinux1": "manylinux_2_5", "manylinux2010": "manylinux_2_12", "manylinux2014": "manylinux_2_17"}
# What `platform.machine()` says there, by the tag's machine. Left out are the 32-bit ones, for which it depends on the
# kernel, and `universal2`, which names two.
_MACHINES = {
    "linux": {each: each for each in ("x86_64", "aarch64", "ppc64le", "s390x", "riscv64", "loongarch64")},
    "macosx": {"x86_64": "x86_64", "arm64": "arm64"},
    "win": {"amd64": "AMD64", "arm64": "ARM64"},
}
_SYSTEMS = {
    "linux": {"os_name": "posix", "sys_platform": "linux", "platform_system": "Linux"},
    "macosx": {"os_name": "posix", "sys_platform": "darwin", "platform_system": "Darwin"},
    "win": {"os_name": "nt", "sys_platform": "win32", "platform_system": "Windows"},
}
# Conda's name of each platform, and the platform tag that means no more than it.
_CONDA = {
    "linux-64": "linux_x86_64",
    "linux-aarch64": "linux_aarch64",
    "linux-ppc64le": "linux_ppc64le",
    "osx-64": "macosx_10_9_x86_64",
    "osx-arm64": "macosx_11_0_arm64",
    "win-64": "win_amd64",
    "win-arm64": "win_arm64",
}
_FORMS = (
    "cp311-linux_x86_64, cp312-manylinux_2_28_x86_64, cp314t-linux_aarch64, cp3.11.9-win_amd64, "
    "cp312-macosx_11_0_arm64, linux-64 (conda)"
)
_SLIP = re.compile(r"(?:cp|py|python)?3\.?(?P<minor>[0-9]{1,2})(?P<threads>t?)[-_](?:cp3[0-9]+t?-)?(?P<platform>.+)")
# Names of Debian, Docker and conda for what a wheel tag calls otherwise.
_SLIPS = {
    "linux_amd64": "linux_x86_64",
    "linux_64": "linux_x86_64",
    "linux": "linux_x86_64",
    "linux_arm64": "linux_aarch64",
    "win_64": "win_amd64",
    "win_x86_64": "win_amd64",
    "windows_amd64": "win_amd64",
    "osx_arm64": "macosx_11_0_arm64",
    "macosx_arm64": "macosx_11_0_arm64",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """CPython on one platform.

    Attributes:
        python: The feature version, such as `3.11`; None for a platform by conda's name, which says nothing of it.
        full_python: With the patch release, such as `3.11.9`; None when the target does not say.
        free_threaded: Whether it is the build without the GIL (ABI flag `t`).
        platform: The platform tag, such as `manylinux_2_28_x86_64`; older manylinux names in the form of PEP 600.
    """

    python: str | None
    full_python: str | None
    free_threaded: bool
    platform: str

    def __str__(self) -> str:
        """Return the form that `parse_target` reads."""
        if self.python is None:
            return self.conda_platform or self.platform
        version = self.full_python or self.python.replace(".", "")
        return f"cp{version}{'t' if self.free_threaded else ''}-{self.platform}"

    @property
    def conda_platform(self) -> str | None:
        """Conda's name of the platform, such as `linux-64`; None for one that conda builds no packages for."""
        if self.platform.startswith("musllinux"):
            return None
        family_and_machine = _family_and_machine(self.platform)
        return next((name for name, tag in _CONDA.items() if _family_and_machine(tag) == family_and_machine), None)

    def with_python(self, version: str) -> Target:
        """Return the target with the Python that a lock pins, for a target that says none.

        Args:
            version: Of the lock's own row for `python`, such as `3.11.9`.

        Raises:
            ValueError: It is no version of CPython 3 with a patch release.
        """
        found = _RELEASE.fullmatch(version)
        if found is None:
            raise ValueError(f"got the version {version[:40]!r} of python, expected one such as 3.11.9")
        return replace(self, python=f"3.{found['minor']}", full_python=version)

    def marker_environment(self, full_python: str) -> dict[str, str]:
        """Return the marker variables of PEP 508 that the target decides, and `extra` as no extra.

        `platform_release` and `platform_version` are not among them: no target decides those.

        Args:
            full_python: The release of Python to answer for, such as `3.11.9`.
        """
        family, machine = _family_and_machine(self.platform)
        return {
            **_SYSTEMS[family],
            "platform_machine": _MACHINES[family][machine],
            "python_version": ".".join(full_python.split(".")[:2]),
            "python_full_version": full_python,
            "implementation_name": "cpython",
            "implementation_version": full_python,
            "platform_python_implementation": "CPython",
            "extra": "",
        }


def parse_target(text: str) -> Target:
    """Return the target that `text` names.

    Raises:
        UsageError: It names none; the fix shows the valid forms, and the nearest one where there is one.
    """
    target = _parse(text)
    if target is None:
        meant = _nearest(text)
        fix = f"write it as one of: {_FORMS}"
        raise UsageError(f"got the target {text[:80]!r}", fix=f"did you mean {meant}? {fix}" if meant else fix)
    return target


def running_target() -> Target:
    """Return the target of the running interpreter, with its patch release.

    Raises:
        UsageError: The interpreter is not CPython, or its platform is none that a target can name.
    """
    version = sys.version_info
    phase = {"alpha": "a", "beta": "b", "candidate": "rc"}.get(version.releaselevel)
    suffix = f"{phase}{version.serial}" if phase else ""
    threads = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
    platform = re.sub(r"[-.]", "_", sysconfig.get_platform())
    if platform.endswith("_universal2"):
        platform = platform.replace("universal2", os.uname().machine)
    text = f"cp{version.major}.{version.minor}.{version.micro}{suffix}{threads}-{platform}"
    target = _parse(text) if sys.implementation.name == "cpython" else None
    if target is None:
        what = f"the running interpreter ({sys.implementation.name} on {platform}) is no target that is known"
        raise UsageError(what, fix=f"name the target: --target with one of {_FORMS}")
    return target


def _parse(text: str) -> Target | None:
    if text in _CONDA:
        return Target(python=None, full_python=None, free_threaded=False, platform=_CONDA[text])
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    platform = _canonical_platform(found["platform"])
    minor = found["minor"] or found["full_minor"]
    abi = found["abi_minor"]
    other_abi = abi is not None and (abi != minor or found["threads"] > found["abi_threads"])
    if platform is None or other_abi:
        return None
    return Target(
        python=f"3.{minor}",
        full_python=found["full"],
        free_threaded=bool(found["threads"] or found["abi_threads"]),
        platform=platform,
    )


def _canonical_platform(text: str) -> str | None:
    found = _PLATFORM.fullmatch(text)
    if found is None:
        return None
    platform = f"{_PERENNIAL.get(found['system'], found['system'])}_{found['machine']}"
    family, machine = _family_and_machine(platform)
    return platform if machine in _MACHINES[family] else None


def _family_and_machine(platform: str) -> tuple[str, str]:
    found = _PLATFORM.fullmatch(platform)
    if found is None:
        raise ValueError(f"{platform!r} is no platform tag")
    family = next((each for each in ("macosx", "win") if found["system"].startswith(each)), "linux")
    return family, found["machine"]


def _nearest(text: str) -> str | None:
    """Return the target that a usual slip was for: capitals, a hyphen or dot too many, another name of the machine."""
    found = _SLIP.fullmatch(text.strip().lower())
    if found is None:
        return None
    platform = re.sub(r"[-.]", "_", found["platform"])
    meant = f"cp3{found['minor']}{found['threads']}-{_SLIPS.get(platform, platform)}"
    return meant if _parse(meant) else None
