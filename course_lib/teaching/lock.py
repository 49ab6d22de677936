"""What a hand-in's process is not allowed: each lock closes one way to do harm, where this system has that lock.

`close(...)` is called once, in the process that is about to run a hand-in's code, and says which locks hold. Nothing
can open them again in that process. SECURITY.md says in words what they are worth.

Two of the locks are Linux's own. Landlock, which limits the files that can be reached, is called by system call, since
Python has no function for it. Seccomp refuses system calls: its filter is a small program of eight-byte instructions.
"""

import contextlib
import ctypes
import errno
import os
import platform
import struct
import sys
from pathlib import Path

MEGABYTE = 2**20
OPEN_FILES = 64
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2


def close(folder, readable, memory, seconds):
    """Close what can be closed; returns the names of the locks that hold.

    `folder` is the hand-in's own, `readable` what else it may read; `memory` in megabytes beyond what is used already,
    `seconds` of computing time.
    """
    holding = _limit_resources(memory, seconds)
    if sys.platform == "linux":
        library = ctypes.CDLL(None, use_errno=True)
        library.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)  # the two below ask for it; it also makes sudo useless
        if _landlock(library, folder, readable):
            holding.append("files")
        if _refuse_system_calls(library):
            return [*holding, "network", "processes", "signals"]
    return holding + _limit("processes", "RLIMIT_NPROC", 1) if os.geteuid() else holding


# Limits that every POSIX system knows


def _limit_resources(memory, seconds):
    """Limits on memory, on computing time, on writing and on open files."""
    return [
        *_limit("memory", "RLIMIT_AS", _memory_in_use() + memory * MEGABYTE),
        *_limit("computing time", "RLIMIT_CPU", int(seconds) + 1),
        *_limit("writing", "RLIMIT_FSIZE", 0),  # no file gets longer, so no disk fills up
        *_limit("open files", "RLIMIT_NOFILE", OPEN_FILES),
        *_limit("core dumps", "RLIMIT_CORE", 0),
    ]


def _limit(name, resource_name, value):
    """[name] if the limit could be set, else []."""
    import resource  # here: Windows has no such module, and this one can be imported there

    with contextlib.suppress(AttributeError, ValueError, OSError):
        resource.setrlimit(getattr(resource, resource_name), (value, value))
        return [name]
    return []


def _memory_in_use():
    """Bytes of address space; 0 where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


# Landlock: which files can be reached

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same numbers on every kind of processor
RIGHTS_BY_VERSION = {1: 13, 2: 14, 3: 15, 4: 15}  # how many kinds of access there are; 16 from version 5 on
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, REMOVE_FILE, TRUNCATE = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 5, 1 << 14
OF_A_FILE = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE  # the others are for folders


def _landlock(library, folder, readable):
    """Leave a few places to read, and the hand-in's own to empty; returns whether the lock holds."""
    version = library.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), 1)
    if version < 1:
        return False
    handled = (1 << RIGHTS_BY_VERSION.get(version, 16)) - 1
    attributes = ctypes.create_string_buffer(struct.pack("=Q", handled), 8)
    ruleset = library.syscall(CREATE_RULESET, attributes, ctypes.c_size_t(8), 0)
    if ruleset < 0:
        return False
    reading = EXECUTE | READ_FILE | READ_DIR
    allowed = {place: reading for place in readable}
    allowed["/dev/null"] = READ_FILE | WRITE_FILE
    allowed[folder] = reading | WRITE_FILE | TRUNCATE | REMOVE_FILE
    for place, rights in allowed.items():
        _allow(library, ruleset, place, rights & handled)
    return library.syscall(RESTRICT_SELF, ruleset, 0) == 0


def _allow(library, ruleset, place, rights):
    """One exception from the ruleset; a place that is not there needs none."""
    with contextlib.suppress(OSError):
        handle = os.open(place, os.O_PATH | os.O_CLOEXEC)
        rule = struct.pack("=Qi", rights if os.path.isdir(place) else rights & OF_A_FILE, handle)
        library.syscall(ADD_RULE, ruleset, 1, ctypes.create_string_buffer(rule, len(rule)), 0)
        os.close(handle)


# Seccomp: which system calls are refused

MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}  # its name for the filter, its column below
CLONE = (56, 220)
CLONE3 = 435
REFUSED = {  # system call: its number on x86_64 and on aarch64, None where it does not exist
    # other processes: none is started, and none is signalled, watched or changed
    "fork": (57, None), "vfork": (58, None), "execve": (59, 221), "execveat": (322, 281),
    "kill": (62, 129), "tkill": (200, 130), "tgkill": (234, 131), "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240), "pidfd_open": (434, 434), "pidfd_send_signal": (424, 424),
    "pidfd_getfd": (438, 438), "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "setpriority": (141, 140), "setrlimit": (160, 164), "prlimit64": (302, 261), "sched_setaffinity": (203, 122),
    "sched_setparam": (142, 118), "sched_setscheduler": (144, 119), "sched_setattr": (314, 274),
    "ioprio_set": (251, 30), "migrate_pages": (256, 238), "move_pages": (279, 239), "process_madvise": (440, 440),
    # the network, and the ring through which calls go unseen
    "socket": (41, 198), "io_uring_setup": (425, 425),
    # owners, rights and times of files, which Landlock does not look after
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452), "chown": (92, None),
    "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54), "utime": (132, None), "utimes": (235, None),
    "futimesat": (261, None), "utimensat": (280, 88), "setxattr": (188, 5), "lsetxattr": (189, 6),
    "fsetxattr": (190, 7), "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
    # memory that outlives its process
    "shmget": (29, 194), "semget": (64, 190), "msgget": (68, 186), "mq_open": (240, 180),
    # what only an administrator may do, should a teacher be one
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "unshare": (272, 97),
    "setns": (308, 268), "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "mknod": (133, None), "mknodat": (259, 33), "reboot": (169, 142), "settimeofday": (164, 170),
    "clock_settime": (227, 112), "sethostname": (170, 161), "init_module": (175, 105), "finit_module": (313, 273),
    "delete_module": (176, 106), "kexec_load": (246, 104), "swapon": (167, 224), "open_by_handle_at": (304, 265),
}  # fmt: skip
REFUSED_BY_ARGUMENT = {  # the same two numbers, and the second arguments that are refused: who gets a signal for data
    "fcntl": ((72, 25), (8, 15)), "ioctl": ((16, 29), (0x8901, 0x8902)),
}  # fmt: skip
LOAD, JUMP_IF_EQUAL, JUMP_IF_AT_LEAST, JUMP_IF_ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCHITECTURE, FIRST_ARGUMENT, SECOND_ARGUMENT = 0, 4, 16, 24  # where they lie in what the filter is shown
ALLOW, REFUSE, NO_SUCH_CALL = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS
CLONE_THREAD = 0x00010000
OTHER_NUMBERING = 0x40000000  # x86_64 has every call a second time, from this number on


def filter_program(machine):
    """The filter's instructions, (code, jump if true, jump if false, value); jumps count instructions to leave out."""
    name, column = MACHINES[machine]
    program = [
        (LOAD, 0, 0, ARCHITECTURE), (JUMP_IF_EQUAL, 1, 0, name), (RETURN, 0, 0, REFUSE),
        (LOAD, 0, 0, NUMBER), (JUMP_IF_AT_LEAST, 0, 1, OTHER_NUMBERING), (RETURN, 0, 0, REFUSE),
        (JUMP_IF_EQUAL, 0, 1, CLONE3), (RETURN, 0, 0, NO_SUCH_CALL),  # then the C library takes clone, whose flags show
    ]  # fmt: skip
    for numbers in REFUSED.values():
        if numbers[column] is not None:
            program += [(JUMP_IF_EQUAL, 0, 1, numbers[column]), (RETURN, 0, 0, REFUSE)]
    for numbers, refused in REFUSED_BY_ARGUMENT.values():
        program += [(JUMP_IF_EQUAL, 0, 2 * len(refused) + 2, numbers[column]), (LOAD, 0, 0, SECOND_ARGUMENT)]
        for value in refused:
            program += [(JUMP_IF_EQUAL, 0, 1, value), (RETURN, 0, 0, REFUSE)]
        program += [(RETURN, 0, 0, ALLOW)]
    return [
        *program,
        *[(JUMP_IF_EQUAL, 0, 3, CLONE[column]), (LOAD, 0, 0, FIRST_ARGUMENT)],  # threads are made by clone as well
        *[(JUMP_IF_ANY_BIT, 1, 0, CLONE_THREAD), (RETURN, 0, 0, REFUSE), (RETURN, 0, 0, ALLOW)],
    ]


def _refuse_system_calls(library):
    """Install the filter; returns whether the lock holds."""
    if platform.machine() not in MACHINES or sys.maxsize < 2**32:
        return False
    program = filter_program(platform.machine())
    instructions = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *line) for line in program))
    handed_over = struct.pack("@HP", len(program), ctypes.addressof(instructions))
    return library.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.create_string_buffer(handed_over), 0, 0) == 0
