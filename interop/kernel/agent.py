"""Runs inside a guest kernel and does what the host asks, one call a file: `request-N` brings `reply-N`.

Each call has a thread of its own, so that one that waits does not keep the others."""

import fcntl
import mmap
import os
import pickle
import shutil
import sys
import threading
import time

import form

MAPS = {}


def mount(version, protection):
    why = form.mount(PLAN, version, protection)
    if why:
        raise OSError(why)


def unmount():
    why = form.unmount()
    if why:
        raise OSError(why)


def write_file(path, content):
    with open(path, "wb") as file:
        file.write(content)


def read_file(path):
    with open(path, "rb") as file:
        return file.read()


def lock(handle, kind, start, length, wait):
    """A byte-range lock: `kind` is exclusive, shared or none."""
    operation = {"exclusive": fcntl.LOCK_EX, "shared": fcntl.LOCK_SH, "none": fcntl.LOCK_UN}[kind]
    fcntl.lockf(handle, operation | (0 if wait or kind == "none" else fcntl.LOCK_NB), length, start)


def map_open(handle, length):
    MAPS[handle] = mmap.mmap(handle, length)


def map_read(handle, offset, length):
    return MAPS[handle][offset : offset + length]


def map_write(handle, offset, content):
    MAPS[handle][offset : offset + len(content)] = content


def map_sync(handle):
    MAPS[handle].flush()


def map_close(handle):
    MAPS.pop(handle).close()


def size(path):
    return os.stat(path).st_size


def exists(path):
    return os.path.exists(path)


def forget():
    """Drops caches of what is not open."""
    with open("/proc/sys/vm/drop_caches", "w") as file:
        file.write("3")


def batch(calls):
    """Several calls in a row; their results."""
    return [resolve(name)(*arguments) for name, arguments in calls]


def resolve(name):
    module, _, function = name.rpartition(".")
    return getattr({"os": os, "shutil": shutil, "": sys.modules[__name__]}[module], function)


def answer(number, name, arguments):
    try:
        result = (True, resolve(name)(*arguments))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer
        result = (False, error)
    place = f"/job/reply-{number}"
    with open(place + ".new", "wb") as file:
        file.write(pickle.dumps(result))
    os.rename(place + ".new", place)


def main():
    number = 1
    while True:
        place = f"/job/request-{number}"
        if not os.path.exists(place):
            time.sleep(0.005)
            continue
        with open(place, "rb") as file:
            name, arguments = pickle.load(file)
        if name == "end":
            answer(number, "size", ("/",))
            return
        threading.Thread(target=answer, args=(number, name, arguments), daemon=True).start()
        number += 1


if __name__ == "__main__":
    os.umask(0o022)
    PLAN = form.plan()
    form.prepare(PLAN)
    main()
