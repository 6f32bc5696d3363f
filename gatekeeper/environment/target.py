"""The target: the Python and the platform that an environment is for, and the marker values that follow from it.

Written like the tags of a wheel, `cp311-linux_x86_64`, or with the patch release, `cp3.11.9-linux_x86_64`. A tag says
nothing about the patch release; a marker whose answer hangs on it can't be decided for such a target, see
`gatekeeper.environment.projection`.
"""

from __future__ import annotations

import os
import re
import sys
import sysconfig
from dataclasses import dataclass

from gatekeeper.errors import UsageError

_NUMBER = r"(?:0|[1-9][0-9]{0,2})"
_FORM = re.compile(
    rf"cp(?:3(?P<minor>{_NUMBER})|(?P<full>3\.(?P<full_minor>{_NUMBER})\.{_NUMBER}(?:(?:a|b|rc){_NUMBER})?))"
    r"(?P<threads>t?)-(?P<platform>\S+)"
)
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
_FORMS = (
    "cp311-linux_x86_64, cp312-manylinux_2_28_x86_64, cp314t-linux_aarch64, cp3.11.9-win_amd64, cp312-macosx_11_0_arm64"
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
    """CPython of one version on one platform.

    Attributes:
        python: The feature version, such as `3.11`.
        full_python: With the patch release, such as `3.11.9`; None when the target does not say.
        free_threaded: Whether it is the build without the GIL (ABI flag `t`).
        platform: The platform tag, such as `manylinux_2_28_x86_64`; older manylinux names in the form of PEP 600.
    """

    python: str
    full_python: str | None
    free_threaded: bool
    platform: str

    def __str__(self) -> str:
        """Return the form that `parse_target` reads."""
        version = self.full_python or self.python.replace(".", "")
        return f"cp{version}{'t' if self.free_threaded else ''}-{self.platform}"

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
            "python_version": self.python,
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
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    platform = _canonical_platform(found["platform"])
    if platform is None:
        return None
    return Target(
        python=f"3.{found['minor'] or found['full_minor']}",
        full_python=found["full"],
        free_threaded=bool(found["threads"]),
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
