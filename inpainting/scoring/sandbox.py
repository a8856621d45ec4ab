"""What a process that runs foreign models may not do: write outside its folder, use the network.

Keras' safe mode runs no code from a file.  Should a hole be found in it, two walls stand behind:
Python's audit hook, on every system, which also tells what was tried; and Linux' Landlock
(kernel 5.13 and later), which binds native code too and cannot be undone.
"""

import ctypes
import os
import sys
from pathlib import Path

LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 444, 445, 446
"""Numbers of the system calls, alike on all processors."""

WRITES = sum(1 << bit for bit in (1, 4, 5, 6, 7, 8, 9, 10, 11, 12))
"""Landlock's rights to write, make and remove files; to link (ABI 2) and truncate (ABI 3) below."""

REFER, TRUNCATE, TCP = 1 << 13, 1 << 14, 0b11
PATH_BENEATH = 1
NO_NEW_PRIVILEGES = 38

FORBIDDEN = {
    "socket.connect": "sich mit dem Netz verbinden",
    "socket.bind": "einen Dienst im Netz anbieten",
    "socket.getaddrinfo": "einen Namen im Netz nachschlagen",
    "socket.gethostbyname": "einen Namen im Netz nachschlagen",
    "subprocess.Popen": "ein Programm starten",
    "os.system": "ein Programm starten",
    "os.exec": "ein Programm starten",
    "os.posix_spawn": "ein Programm starten",
    "os.spawn": "ein Programm starten",
    "os.fork": "einen Prozess abspalten",
    "os.forkpty": "einen Prozess abspalten",
}
"""Events of Python's audit hook → what they mean, in German."""

CHANGES = (
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.mkdir",
    "os.link",
    "os.symlink",
    "os.truncate",
    "os.chmod",
)

attempts: list[str] = []
"""What was tried and prevented, as German infinitives."""


class Forbidden(PermissionError):
    """Something that a foreign model may not do."""


def restrict_writing(folder: Path) -> bool:
    """Let this process and its children write into one folder alone, and open no TCP connection.

    To be called before threads are started.

    Returns
    -------
    Whether the kernel does so; False on other systems and old kernels.
    """
    if not sys.platform.startswith("linux"):
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    abi = libc.syscall(LANDLOCK_CREATE, None, 0, 1)
    if abi < 1:
        return False
    handled = WRITES | (REFER if abi >= 2 else 0) | (TRUNCATE if abi >= 3 else 0)
    words = [handled, TCP] if abi >= 4 else [handled]
    attributes = (ctypes.c_uint64 * len(words))(*words)
    ruleset = libc.syscall(LANDLOCK_CREATE, attributes, ctypes.sizeof(attributes), 0)
    if ruleset < 0:
        return False
    for path, rights in ((folder, handled), (os.devnull, handled & (1 << 1 | TRUNCATE))):
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        rule = rights.to_bytes(8, "little") + place.to_bytes(4, "little")
        libc.syscall(LANDLOCK_ADD, ruleset, PATH_BENEATH, rule, 0)
        os.close(place)
    libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    is_done = libc.syscall(LANDLOCK_RESTRICT, ruleset, 0) == 0
    os.close(ruleset)
    return is_done


def watch(folder: Path) -> None:
    """Refuse what :data:`FORBIDDEN` lists, and changes of files outside a folder, from now on.

    A hook cannot be taken away again.  What was tried is noted in :data:`attempts`.
    """
    home = os.path.join(os.path.realpath(folder), "")

    def is_inside(path) -> bool:
        if isinstance(path, int) or path is None:
            return True
        real = os.path.realpath(os.fsdecode(path))
        return real.startswith(home) or real == os.path.realpath(os.devnull)

    def refuse(what: str):
        attempts.append(what)
        raise Forbidden(f"verboten: {what}")

    def hook(event: str, arguments: tuple) -> None:
        if event == "open":
            path, _, flags = arguments
            if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) and not is_inside(path):
                refuse(f"die Datei „{os.path.basename(os.fsdecode(path))}“ schreiben")
        elif event in CHANGES:
            paths = arguments[:2] if event in ("os.rename", "os.link") else arguments[:1]
            if event == "os.symlink":
                paths = arguments[1:2]
            if not all(map(is_inside, paths)):
                refuse("eine Datei außerhalb ihres Ordners ändern")
        elif event in FORBIDDEN:
            refuse(FORBIDDEN[event])

    sys.addaudithook(hook)
