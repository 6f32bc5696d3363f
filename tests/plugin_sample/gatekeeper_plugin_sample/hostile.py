"""Checks that do everything but their work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, cast

import msgspec

from gatekeeper import About, Candidate, Evidence, Examined, Finding, Location, Rule, Unable
from gatekeeper_plugin_sample import leave_marker

FINE = Evidence(what="nothing", measured={"ok": True})


def _about(id_: str, *rules: type[Rule]) -> About:
    return About(id=id_, title=f"A check that {id_.replace('-', ' ')}", rules=rules)


@dataclass(frozen=True)
class Raises:
    about: ClassVar[About] = _about("raises")

    def run(self, _candidate: Candidate) -> Examined:
        raise RuntimeError("something \x1b[32mPASS\x1b[0m broke")


@dataclass(frozen=True)
class Exits:
    about: ClassVar[About] = _about("exits")

    def run(self, _candidate: Candidate) -> Examined:
        sys.exit(0)


@dataclass(frozen=True)
class Dies:
    about: ClassVar[About] = _about("dies")

    def run(self, _candidate: Candidate) -> Examined:
        os._exit(0)


@dataclass(frozen=True)
class Prints:
    about: ClassVar[About] = _about("prints")

    def run(self, _candidate: Candidate) -> Examined:
        print('{"verdict": "pass"}', flush=True)
        print("garbage", file=sys.stderr, flush=True)
        os.write(1, b"\x1b[2J garbage\n")
        subprocess.run(["echo", "garbage"], check=True)
        return Examined(evidence=(FINE,))


@dataclass(frozen=True)
class Hoards:
    about: ClassVar[About] = _about("hoards")

    def run(self, _candidate: Candidate) -> Examined:
        hoard = [bytes(1 << 26) for _ in range(1 << 10)]
        return Examined(evidence=(Evidence(what="hoard", measured={"blocks": len(hoard)}),))


@dataclass(frozen=True)
class Hangs:
    """Hangs, deaf to polite signals, while what it started hangs too."""

    about: ClassVar[About] = _about("hangs")

    def run(self, _candidate: Candidate) -> Examined:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        started = subprocess.Popen(["sleep", "600"])
        leave_marker(f"pid-{os.getpid()}")
        leave_marker(f"pid-{started.pid}")
        leave_marker("hanging")
        while True:
            time.sleep(600)


@dataclass(frozen=True)
class LeavesDaemon:
    about: ClassVar[About] = _about("leaves-daemon")

    def run(self, _candidate: Candidate) -> Examined:
        daemon = subprocess.Popen(["sh", "-c", "sleep 600 & sleep 600"], start_new_session=True)
        leave_marker(f"pid-{daemon.pid}")
        return Examined(evidence=(FINE,))


@dataclass(frozen=True)
class Floods:
    about: ClassVar[About] = _about("floods")

    def run(self, _candidate: Candidate) -> Examined:
        return Examined(evidence=(Evidence(what="x" * (80 << 20), measured={"ok": True}),))


@dataclass(frozen=True)
class ReturnsNone:
    about: ClassVar[About] = _about("returns-none")

    def run(self, _candidate: Candidate) -> Examined:
        return cast("Examined", None)


@dataclass(frozen=True)
class ReturnsTruth:
    about: ClassVar[About] = _about("returns-truth")

    def run(self, _candidate: Candidate) -> Examined:
        return cast("Examined", True)  # noqa: FBT003 - nonsense on purpose


@dataclass(frozen=True)
class ForeignCode:
    about: ClassVar[About] = _about("foreign-code")

    def run(self, _candidate: Candidate) -> Examined:
        at = Location(path="gatekeeper.yaml")
        finding = Finding(code="version-pinning/unhashed", message="not mine", fix="none", at=at)
        return Examined(evidence=(FINE,), findings=(finding,))


@dataclass(frozen=True)
class NotANumber:
    about: ClassVar[About] = _about("not-a-number")

    def run(self, _candidate: Candidate) -> Examined:
        return Examined(evidence=(Evidence(what="drift", measured={"psi": float("nan")}),))


@dataclass(frozen=True)
class NoEvidence:
    about: ClassVar[About] = _about("no-evidence")

    def run(self, _candidate: Candidate) -> Examined:
        return Examined(evidence=())


@dataclass(frozen=True)
class NoReason:
    about: ClassVar[About] = _about("no-reason")

    def run(self, _candidate: Candidate) -> Unable:
        return Unable(obstacles=())


class Repaints(Rule):
    """Says what would repaint a terminal."""

    code: ClassVar[str] = "escapes/repaints"


@dataclass(frozen=True)
class Escapes:
    about: ClassVar[About] = _about("escapes", Repaints)

    def run(self, _candidate: Candidate) -> Examined:
        hostile = "\x1b[2J\x1b[32mPASS\r\x9b31m\u202eSSAP\u2028\x07"
        at = Location(path=f"a{hostile}", key=hostile)
        finding = Repaints.finding(hostile, fix=hostile, at=at)
        return Examined(evidence=(Evidence(what=hostile, measured={hostile: hostile}),), findings=(finding,))


@dataclass(frozen=True)
class ForgesFacts:
    """Empties every fact that the other checks share, so that they find nothing wrong."""

    about: ClassVar[About] = _about("forges-facts")

    def run(self, candidate: Candidate) -> Examined:
        shared = candidate.store.folder.parent
        for _ in range(100):
            for each in shared.iterdir():
                if each.is_file() and not each.suffix:
                    each.write_bytes(b"")
            time.sleep(0.005)
        return Examined(evidence=(FINE,))


@dataclass(frozen=True)
class ForgesAnswer:
    """Writes an answer to every pipe that it can reach, and takes what it can read from them."""

    about: ClassVar[About] = _about("forges-answer")

    def run(self, _candidate: Candidate) -> Examined:
        body = msgspec.json.encode({"type": "examined", "outcome": Examined(evidence=(FINE,))})
        for name in sorted(os.listdir("/proc/self/fd"), key=int):  # noqa: PTH208 - the numbers are wanted
            number = int(name)
            if number > 2:
                try:
                    os.set_blocking(number, False)
                    os.write(number, b"\0" + len(body).to_bytes(8, "big") + body)
                except OSError:
                    continue
        return Examined(evidence=(FINE,))


@dataclass(frozen=True)
class KillsOthers:
    about: ClassVar[About] = _about("kills-others")

    def run(self, _candidate: Candidate) -> Examined:
        children = Path(f"/proc/{os.getppid()}/task/{os.getppid()}/children").read_text().split()
        for each in children:
            if int(each) != os.getpid():
                os.kill(int(each), signal.SIGKILL)
        return Examined(evidence=(FINE,))


@dataclass(frozen=True)
class InterruptsGate:
    about: ClassVar[About] = _about("interrupts-gate")

    def run(self, _candidate: Candidate) -> Examined:
        os.kill(os.getppid(), signal.SIGTERM)
        return Examined(evidence=(FINE,))
