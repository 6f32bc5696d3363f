"""The filter of system calls (seccomp, classic BPF): what is denied answers EPERM, all else is let through.

A list of what is allowed would have to know every call that numpy, torch and CUDA make on every kernel to come. What
is denied is what reaches out of the process: network, programs, other processes, the system's settings, what Landlock
does not see (modes, owners, times), and calls that have been a way out of a sandbox before.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from typing import TYPE_CHECKING

from gatekeeper.replay.inside.machine import AUDIT_ARCH, NUMBERS, Kernel, Unavailable, architecture

DENIED = """
accept accept4 bind connect listen sendmsg sendmmsg
execve execveat fork vfork
ptrace process_vm_readv process_vm_writev process_madvise kcmp pidfd_open pidfd_getfd pidfd_send_signal tkill
rt_sigqueueinfo rt_tgsigqueueinfo setpgid setsid move_pages migrate_pages
mount umount2 pivot_root chroot unshare setns mount_setattr move_mount open_tree open_tree_attr fsopen fsconfig fsmount
fspick
open_by_handle_at name_to_handle_at lookup_dcookie fanotify_init quotactl quotactl_fd acct swapon swapoff nfsservctl
chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat setxattr lsetxattr fsetxattr setxattrat removexattr
lremovexattr fremovexattr removexattrat file_setattr utime utimes futimesat utimensat
setuid setgid setreuid setregid setresuid setresgid setfsuid setfsgid setgroups
reboot sethostname setdomainname settimeofday clock_settime clock_adjtime adjtimex syslog vhangup
init_module finit_module delete_module kexec_load kexec_file_load iopl ioperm modify_ldt uselib personality
bpf perf_event_open userfaultfd io_uring_setup io_uring_enter io_uring_register keyctl add_key request_key
shmget shmat shmctl msgget msgsnd msgrcv msgctl semget semop semtimedop semctl mq_open
setpriority ioprio_set sched_setscheduler sched_setparam sched_setattr
""".split()

STARTING = frozenset({"execve", "execveat", "fork", "vfork"})
"""What is not denied where programs may be started."""

_ALLOW, _EPERM, _ENOSYS = 0x7FFF0000, 0x00050001, 0x00050026
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_X32 = 0x40000000
_CLONE_THREAD = 0x00010000
_CLONE_NEW = 0x7E020000  # namespaces of its own: user, network, mounts, processes, ...
_AF_UNIX, _AF_INET, _AF_INET6, _STREAM, _DGRAM, _TYPE = 1, 2, 10, 1, 2, 0xF
_TIOCSTI, _TIOCSCTTY, _TIOCLINUX = 0x5412, 0x540E, 0x541C
_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _MODE_FILTER = 1, 22, 2

if TYPE_CHECKING:
    Instruction = tuple[int, int, int, int]


def program(
    machine: str, pid: int, *, empty_network: bool, programs: bool = False, scoped: bool = False
) -> list[Instruction]:
    """Return the filter as BPF instructions (code, jump if true, jump if false, operand).

    Args:
        machine: x86_64 or aarch64.
        pid: this process: it may send signals to itself.
        empty_network: whether it has a network of its own with nothing in it. Internet sockets can then be made, and
            `connect` is what is denied: its audit event names the address.
        programs: whether programs and processes may be started. They stay in the process group, where they are killed.
        scoped: whether Landlock keeps signals inside, so that it may send them to what it started.
    """
    numbers = NUMBERS[machine]
    found = [(_LOAD, 0, 0, 4), (_EQUAL, 1, 0, AUDIT_ARCH[machine]), _returned(_EPERM), (_LOAD, 0, 0, 0)]
    if machine == "x86_64":
        found += [(_AT_LEAST, 0, 1, _X32), _returned(_EPERM)]
    for name in DENIED:
        if name in numbers and not (programs and name in STARTING):
            found += [(_EQUAL, 0, 1, numbers[name]), _returned(_EPERM)]
    conditions = _conditions(pid, empty_network=empty_network)
    if programs:
        conditions["clone"] = [_argument(0), (_ANY_BIT, 0, 1, _CLONE_NEW), _returned(_EPERM), _returned(_ALLOW)]
    for name in ("kill", "tgkill") if programs and scoped else ():
        del conditions[name]
    for name, block in conditions.items():
        found += [(_EQUAL, 0, len(block), numbers[name]), *block]
    return [*found, _returned(_ALLOW)]


def _conditions(pid: int, *, empty_network: bool) -> dict[str, list[Instruction]]:
    """Return what is decided by a call's arguments. Each block ends by returning."""
    internet = [_one_of(0, (_AF_INET, _AF_INET6), otherwise=_EPERM), _one_of_type((_STREAM, _DGRAM))]
    return {
        "clone": [_argument(0), (_ANY_BIT, 0, 1, _CLONE_THREAD), _returned(_ALLOW), _returned(_EPERM)],
        # Its flags lie in memory, where no filter sees them; the C library then takes `clone`.
        "clone3": [_returned(_ENOSYS)],
        "socket": [*internet[0], *internet[1]] if empty_network else [_returned(_EPERM)],
        "socketpair": [*_one_of(0, (_AF_UNIX,), otherwise=_EPERM), _returned(_ALLOW)],
        "sendto": [*_is_zero(4), _returned(_ALLOW)],
        "kill": [*_one_of(0, (0, pid), otherwise=_EPERM), _returned(_ALLOW)],
        "tgkill": [*_one_of(0, (pid,), otherwise=_EPERM), _returned(_ALLOW)],
        "prlimit64": [*_one_of(0, (0, pid), otherwise=_EPERM), _returned(_ALLOW)],
        "ioctl": _none_of(1, (_TIOCSTI, _TIOCSCTTY, _TIOCLINUX)),
        "prctl": _none_of(0, (_PR_SET_PDEATHSIG,)),
    }


def _returned(action: int) -> Instruction:
    return (_RETURN, 0, 0, action)


def _argument(index: int, *, high: bool = False) -> Instruction:
    return (_LOAD, 0, 0, 16 + 8 * index + 4 * high)


def _one_of(index: int, values: Sequence[int], *, otherwise: int) -> list[Instruction]:
    """Go on where the low half of an argument is one of the values."""
    found = [_argument(index)]
    for position, value in enumerate(values):
        found.append((_EQUAL, len(values) - position, 0, value))
    return [*found, _returned(otherwise)]


def _one_of_type(values: Sequence[int]) -> list[Instruction]:
    first, *rest = _one_of(1, values, otherwise=_EPERM)
    return [first, (_AND, 0, 0, _TYPE), *rest, _returned(_ALLOW)]


def _none_of(index: int, values: Sequence[int]) -> list[Instruction]:
    found = [_argument(index)]
    for position, value in enumerate(values):
        found.append((_EQUAL, len(values) - position, 0, value))
    return [*found, _returned(_ALLOW), _returned(_EPERM)]


def _is_zero(index: int) -> list[Instruction]:
    """Go on where an argument is a null pointer."""
    low, high = _argument(index), _argument(index, high=True)
    return [low, (_EQUAL, 0, 2, 0), high, (_EQUAL, 1, 0, 0), _returned(_EPERM)]


def apply(kernel: Kernel, *, empty_network: bool, programs: bool = False, scoped: bool = False) -> str:
    """Install the filter for this process and all that it starts; returns it in words.

    Raises:
        Unavailable: the machine is none that is known, or the kernel refuses.
    """
    c = kernel.ctypes
    instructions = program(architecture(), os.getpid(), empty_network=empty_network, programs=programs, scoped=scoped)
    packed = b"".join(struct.pack("=HBBI", *each) for each in instructions)
    data = c.create_string_buffer(packed, len(packed))

    class Program(c.Structure):  # type: ignore[name-defined,misc] # ctypes is imported when it is there
        _fields_ = (("length", c.c_ushort), ("filter", c.c_void_p))

    given = Program(len(instructions), c.cast(data, c.c_void_p))
    try:
        kernel.prctl(_PR_SET_SECCOMP, _MODE_FILTER, c.byref(given))
    except OSError as error:
        raise Unavailable(f"the kernel refuses a filter: {_why(error)}") from error
    if programs:
        return f"{len(DENIED) - len(STARTING)} calls denied; programs may be started, in this process group"
    return f"{len(DENIED)} calls denied; threads only, no process, no program"


def _why(error: OSError) -> str | None:
    return error.strerror
