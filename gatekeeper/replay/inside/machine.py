"""System calls by number, for x86_64 and aarch64, as the kernel's own headers list them."""

# What is imported late is what an interpreter may lack, or what must not run before the sandbox is on.
# ruff: noqa: PLC0415

from __future__ import annotations

import os
import sys
from typing import Any

AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

_X86_64 = """
accept=43 accept4=288 acct=163 add_key=248 adjtimex=159 bind=49 bpf=321 chmod=90 chown=92 chroot=161 clock_adjtime=305
clock_settime=227 clone=56 clone3=435 connect=42 delete_module=176 execve=59 execveat=322 fanotify_init=300 fchmod=91
fchmodat=268 fchmodat2=452 fchown=93 fchownat=260 file_setattr=469 finit_module=313 fork=57 fremovexattr=199
fsconfig=431 fsetxattr=190 fsmount=432 fsopen=430 fspick=433 futimesat=261 init_module=175 io_uring_enter=426
io_uring_register=427 io_uring_setup=425 ioctl=16 ioperm=173 iopl=172 ioprio_set=251 kcmp=312 kexec_file_load=320
kexec_load=246 keyctl=250 kill=62 lchown=94 listen=50 lookup_dcookie=212 lremovexattr=198 lsetxattr=189
migrate_pages=256 modify_ldt=154 mount=165 mount_setattr=442 move_mount=429 move_pages=279 mq_open=240 msgctl=71
msgget=68 msgrcv=70 msgsnd=69 name_to_handle_at=303 nfsservctl=180 open_by_handle_at=304 open_tree=428
open_tree_attr=467 perf_event_open=298 personality=135 pidfd_getfd=438 pidfd_open=434 pidfd_send_signal=424
pivot_root=155 prctl=157 prlimit64=302 process_madvise=440 process_vm_readv=310 process_vm_writev=311 ptrace=101
quotactl=179 quotactl_fd=443 reboot=169 removexattr=197 removexattrat=466 request_key=249 rt_sigqueueinfo=129
rt_tgsigqueueinfo=297 sched_setattr=314 sched_setparam=142 sched_setscheduler=144 semctl=66 semget=64 semop=65
semtimedop=220 sendmmsg=307 sendmsg=46 sendto=44 setdomainname=171 setfsgid=123 setfsuid=122 setgid=106 setgroups=116
sethostname=170 setns=308 setpgid=109 setpriority=141 setregid=114 setresgid=119 setresuid=117 setreuid=113 setsid=112
settimeofday=164 setuid=105 setxattr=188 setxattrat=463 shmat=30 shmctl=31 shmget=29 socket=41 socketpair=53
swapoff=168 swapon=167 syslog=103 tgkill=234 tkill=200 umount2=166 unshare=272 uselib=134 userfaultfd=323 utime=132
utimensat=280 utimes=235 vfork=58 vhangup=153
"""
_AARCH64 = """
accept=202 accept4=242 acct=89 add_key=217 adjtimex=171 bind=200 bpf=280 chroot=51 clock_adjtime=266 clock_settime=112
clone=220 clone3=435 connect=203 delete_module=106 execve=221 execveat=281 fanotify_init=262 fchmod=52 fchmodat=53
fchmodat2=452 fchown=55 fchownat=54 file_setattr=469 finit_module=273 fremovexattr=16 fsconfig=431 fsetxattr=7
fsmount=432 fsopen=430 fspick=433 init_module=105 io_uring_enter=426 io_uring_register=427 io_uring_setup=425 ioctl=29
ioprio_set=30 kcmp=272 kexec_file_load=294 kexec_load=104 keyctl=219 kill=129 listen=201 lookup_dcookie=18
lremovexattr=15 lsetxattr=6 migrate_pages=238 mount=40 mount_setattr=442 move_mount=429 move_pages=239 mq_open=180
msgctl=187 msgget=186 msgrcv=188 msgsnd=189 name_to_handle_at=264 nfsservctl=42 open_by_handle_at=265 open_tree=428
open_tree_attr=467 perf_event_open=241 personality=92 pidfd_getfd=438 pidfd_open=434 pidfd_send_signal=424
pivot_root=41 prctl=167 prlimit64=261 process_madvise=440 process_vm_readv=270 process_vm_writev=271 ptrace=117
quotactl=60 quotactl_fd=443 reboot=142 removexattr=14 removexattrat=466 request_key=218 rt_sigqueueinfo=138
rt_tgsigqueueinfo=240 sched_setattr=274 sched_setparam=118 sched_setscheduler=119 semctl=191 semget=190 semop=193
semtimedop=192 sendmmsg=269 sendmsg=211 sendto=206 setdomainname=162 setfsgid=152 setfsuid=151 setgid=144 setgroups=159
sethostname=161 setns=268 setpgid=154 setpriority=140 setregid=143 setresgid=149 setresuid=147 setreuid=145 setsid=157
settimeofday=170 setuid=146 setxattr=5 setxattrat=463 shmat=196 shmctl=195 shmget=194 socket=198 socketpair=199
swapoff=225 swapon=224 syslog=116 tgkill=131 tkill=130 umount2=39 unshare=97 userfaultfd=282 utimensat=88 vhangup=58
"""


def _table(text: str) -> dict[str, int]:
    return {name: int(number) for name, _, number in (each.partition("=") for each in text.split())}


NUMBERS = {"x86_64": _table(_X86_64), "aarch64": _table(_AARCH64)}


class Unavailable(Exception):
    """A layer that this machine does not have, or does not let this process have; the text says why."""


def architecture() -> str:
    """Return the machine's name.

    Raises:
        Unavailable: it is none whose calls are known, or not Linux.
    """
    name = os.uname().machine
    if not sys.platform.startswith("linux"):
        raise Unavailable(f"{sys.platform} has no such thing; Linux has")
    if name not in NUMBERS or sys.maxsize < 1 << 32 or sys.byteorder != "little":
        raise Unavailable(f"the calls of {name} are not known here, those of x86_64 and aarch64 are")
    return name


class Kernel:
    """Calls into the kernel through the C library.

    Raises:
        Unavailable: this Python has no ctypes, or no C library to call.
    """

    def __init__(self) -> None:
        try:
            import ctypes
        except ImportError as error:
            raise Unavailable("this Python has no ctypes") from error
        self.ctypes = ctypes
        try:
            self.libc: Any = ctypes.CDLL(None, use_errno=True)
            self.libc.syscall.restype = ctypes.c_long
        except (OSError, AttributeError) as error:
            raise Unavailable(f"no C library to call: {error}") from error

    def call(self, number: int, *arguments: Any) -> int:
        """Return what a system call returns.

        Raises:
            OSError: it was refused.
        """
        c = self.ctypes
        words = [each if not isinstance(each, int) else c.c_ulong(each & (1 << 64) - 1) for each in arguments]
        return self._checked(self.libc.syscall(c.c_long(number), *words))

    def prctl(self, *arguments: Any) -> int:
        """Set something of this process; arguments that are not given are zero.

        Raises:
            OSError: it was refused.
        """
        c = self.ctypes
        words = [each if not isinstance(each, int) else c.c_ulong(each) for each in arguments[1:]]
        words += [c.c_ulong(0)] * (4 - len(words))
        return self._checked(self.libc.prctl(c.c_int(arguments[0]), *words))

    def mount(self, source: str | None, target: str, kind: str | None, flags: int, options: str = "") -> None:
        """Mount a file system.

        Raises:
            OSError: it was refused.
        """
        c = self.ctypes
        names = [each if each is None else os.fsencode(each) for each in (source, target, kind)]
        self._checked(self.libc.mount(*names, c.c_ulong(flags), options.encode() or None))

    def unshare(self, flags: int) -> None:
        """Leave namespaces that are shared.

        Raises:
            OSError: it was refused.
        """
        self._checked(self.libc.unshare(self.ctypes.c_int(flags)))

    def _checked(self, returned: int) -> int:
        if returned < 0:
            number = self.ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return int(returned)
