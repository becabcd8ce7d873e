#!/usr/bin/python3
"""Two Linux kernels on one share: what one has cached, locked or open, and what the other does to it.

Each step is asked of a guest by name; the server's breaks are what makes the other guest see it. Where the kernel
itself takes a moment (it is told of a break, but nobody waits for it), `soon` asks again for a while.
"""

import errno
import os
import pathlib
import random
import sys
import time

INTEROP = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(INTEROP), str(INTEROP / "kernel")]

import machine  # noqa: E402
import network  # noqa: E402
from harness.report import expect, expect_equal  # noqa: E402
from harness.target import Suite  # noqa: E402

FORMS = [("2.1", "plain"), ("3.1.1", "plain"), ("3.1.1", "seal")]
MOUNT = "/mnt/share"
PATIENCE = 5  # seconds until the other client must have noticed
CASES = []


def case(function):
    CASES.append(function)
    return function


class Pair:
    """Both guests, and the directory one form works in."""

    def __init__(self, a, b, form):
        self.a, self.b = a, b
        self.root = f"{MOUNT}/two-{form}-{time.time_ns() % 10**9}"
        a("os.mkdir", self.root)
        soon(lambda: b("exists", self.root), True, "the directory on B")

    def __call__(self, name):
        return f"{self.root}/{name}"


def soon(look, wanted, what):
    """Waits until `look()` gives `wanted`."""
    deadline = time.monotonic() + PATIENCE
    while (found := seen(look)) != wanted:
        expect(time.monotonic() < deadline, f"{what}: found {found!r}, wanted {wanted!r}")
        time.sleep(0.1)


def seen(look):
    try:
        return look()
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error))


def refused(call, *wanted):
    try:
        call()
    except OSError as error:
        expect(error.errno in wanted, f"got {error}")
        return
    raise AssertionError("it succeeded")


@case
def what_one_wrote_the_other_reads(pair):
    a, b, path = pair.a, pair.b, pair("f")
    a("write_file", path, b"one")
    expect_equal(b("read_file", path), b"one", "B")
    b("write_file", path, b"second")
    soon(lambda: a("read_file", path), b"second", "A")
    a("write_file", path, b"3")
    soon(lambda: b("read_file", path), b"3", "B")


@case
def what_is_cached_and_open_is_written_when_another_comes(pair):
    a, b, path = pair.a, pair.b, pair("dirty")
    handle = a("os.open", path, os.O_RDWR | os.O_CREAT)
    a("os.pwrite", handle, b"cached", 0)
    expect_equal(b("read_file", path), b"cached", "B, while A holds it open")
    other = b("os.open", path, os.O_RDWR)
    b("os.pwrite", other, b"+B", 6)
    soon(lambda: a("os.pread", handle, 20, 0), b"cached+B", "A, from its open handle")
    a("os.pwrite", handle, b"AAA", 0)
    soon(lambda: b("os.pread", other, 20, 0), b"AAAhed+B", "B, from its open handle")
    a("os.close", handle)
    b("os.close", other)


@case
def a_file_kept_open_after_closing_can_be_deleted_and_made_again(pair):
    a, b, path = pair.a, pair.b, pair("deferred")
    a("write_file", path, b"first")
    expect_equal(a("read_file", path), b"first", "A")
    soon(lambda: b("exists", path), True, "the file on B")
    b("os.unlink", path)
    expect(not b("exists", path), "B still sees what it deleted")
    # Until A has closed what it kept open, the name is still being deleted.
    soon(lambda: b("write_file", path, b"another"), None, "B, making it again")
    soon(lambda: a("read_file", path), b"another", "A")


@case
def names_follow(pair):
    a, b = pair.a, pair.b
    a("write_file", pair("old"), b"content")
    expect_equal(sorted(a("os.listdir", pair.root)), sorted(b("os.listdir", pair.root)), "both listings")
    b("os.rename", pair("old"), pair("new"))
    soon(lambda: a("exists", pair("old")), False, "the old name on A")
    expect_equal(a("read_file", pair("new")), b"content", "A under the new name")
    b("os.mkdir", pair("folder"))
    a("write_file", pair("folder/x"), b"")
    soon(lambda: b("os.listdir", pair("folder")), ["x"], "the folder on B")
    b("os.unlink", pair("folder/x"))
    soon(lambda: a("os.listdir", pair("folder")), [], "the folder on A")
    a("os.rmdir", pair("folder"))
    soon(lambda: b("exists", pair("folder")), False, "the removed folder on B")


@case
def an_open_file_survives_its_renaming_by_the_other(pair):
    a, b = pair.a, pair.b
    handle = a("os.open", pair("r1"), os.O_RDWR | os.O_CREAT)
    a("os.pwrite", handle, b"kept", 0)
    b("os.rename", pair("r1"), pair("r2"))
    a("os.pwrite", handle, b"more", 4)
    a("os.close", handle)
    soon(lambda: b("read_file", pair("r2")), b"keptmore", "B under the new name")


@case
def sizes_follow(pair):
    a, b, path = pair.a, pair.b, pair("size")
    handle = a("os.open", path, os.O_RDWR | os.O_CREAT)
    a("os.pwrite", handle, b"x" * 100_000, 0)
    a("os.fsync", handle)  # a size is asked for without opening: it breaks nothing
    soon(lambda: b("size", path), 100_000, "B")
    b("os.truncate", path, 10)
    soon(lambda: a("os.pread", handle, 100, 0), b"x" * 10, "A after B's cut")
    a("os.ftruncate", handle, 5000)
    soon(lambda: b("size", path), 5000, "B after A's extension")
    expect_equal(b("read_file", path), b"x" * 10 + bytes(4990), "B")
    a("os.close", handle)


@case
def locks_keep_the_other_out(pair):
    a, b, path = pair.a, pair.b, pair("locked")
    a("write_file", path, bytes(100))
    mine, other = a("os.open", path, os.O_RDWR), b("os.open", path, os.O_RDWR)
    a("lock", mine, "exclusive", 0, 10, False)
    refused(lambda: b("lock", other, "exclusive", 5, 10, False), errno.EACCES, errno.EAGAIN)
    refused(lambda: b("lock", other, "shared", 0, 1, False), errno.EACCES, errno.EAGAIN)
    b("lock", other, "exclusive", 10, 10, False)
    refused(lambda: a("lock", mine, "exclusive", 15, 1, False), errno.EACCES, errno.EAGAIN)
    a("lock", mine, "none", 0, 10, False)
    b("lock", other, "shared", 0, 10, False)
    a("lock", mine, "shared", 0, 10, False)
    a("os.close", mine)
    b("os.close", other)


@case
def who_waits_for_a_lock_gets_it(pair):
    a, b, path = pair.a, pair.b, pair("waited")
    a("write_file", path, bytes(100))
    mine, other = a("os.open", path, os.O_RDWR), b("os.open", path, os.O_RDWR)
    a("lock", mine, "exclusive", 0, 10, False)
    waiting = b.ask("lock", other, "exclusive", 0, 10, True)
    time.sleep(0.5)
    expect(not b.done(waiting), "B has the lock that A holds")
    a("os.pwrite", mine, b"under lock", 0)
    a("lock", mine, "none", 0, 10, False)
    b.wait(waiting, 20)
    expect_equal(b("os.pread", other, 10, 0), b"under lock", "B under its lock")
    a("os.close", mine)
    b("os.close", other)


@case
def counting_under_a_lock_loses_nothing(pair):
    a, b, path = pair.a, pair.b, pair("counter")
    a("write_file", path, b"%08d" % 0)
    handles = [(guest, guest("os.open", path, os.O_RDWR)) for guest in (a, b)]
    for _ in range(10):
        for guest, handle in handles:
            guest("lock", handle, "exclusive", 0, 8, True)
            count = int(guest("os.pread", handle, 8, 0))
            guest("os.pwrite", handle, b"%08d" % (count + 1), 0)
            guest("lock", handle, "none", 0, 8, False)
    for guest, handle in handles:
        guest("os.close", handle)
    expect_equal(a("read_file", path), b"%08d" % 20, "the count")


@case
def maps_follow(pair):
    a, b, path = pair.a, pair.b, pair("map")
    a("write_file", path, bytes(8192))
    mine, other = a("os.open", path, os.O_RDWR), b("os.open", path, os.O_RDWR)
    a("map_open", mine, 8192)
    b("map_open", other, 8192)
    a("map_write", mine, 10, b"from A")
    a("map_sync", mine)
    soon(lambda: b("map_read", other, 10, 6), b"from A", "B's map")
    b("map_write", other, 5000, b"from B")
    b("map_sync", other)
    soon(lambda: a("map_read", mine, 5000, 6), b"from B", "A's map")
    soon(lambda: a("os.pread", mine, 6, 5000), b"from B", "A's handle")
    for guest, handle in ((a, mine), (b, other)):
        guest("map_close", handle)
        guest("os.close", handle)


@case
def a_map_is_written_when_the_other_reads(pair):
    a, b, path = pair.a, pair.b, pair("dirtymap")
    a("write_file", path, bytes(4096))
    handle = a("os.open", path, os.O_RDWR)
    a("map_open", handle, 4096)
    a("map_write", handle, 100, b"dirty page")
    soon(lambda: b("read_file", path)[100:110], b"dirty page", "B")
    a("map_close", handle)
    a("os.close", handle)


@case
def turns_at_one_file(pair):
    """Random writes, cuts and reads by both in turns, against a copy kept here."""
    a, b, path = pair.a, pair.b, pair("turns")
    source, model = random.Random(7), bytearray()
    a("write_file", path, b"")
    handles = [(guest, guest("os.open", path, os.O_RDWR)) for guest in (a, b)]
    for turn in range(60):
        guest, handle = source.choice(handles)
        if source.random() < 0.2:
            length = source.randrange(20_000)
            # A cut sets what is behind the end to zero only as far as the client knows the end.
            soon(lambda: guest("os.pread", handle, 65_536, 0), bytes(model), f"turn {turn}, before the cut")
            guest("os.ftruncate", handle, length)
            model = model[:length] + bytes(max(0, length - len(model)))
        else:
            offset, block = source.randrange(20_000), source.randbytes(source.randrange(1, 3000))
            guest("os.pwrite", handle, block, offset)
            model += bytes(max(0, offset + len(block) - len(model)))
            model[offset : offset + len(block)] = block
        for reader, held in handles:
            soon(lambda: reader("os.pread", held, 65_536, 0), bytes(model), f"turn {turn}")
    for guest, handle in handles:
        guest("os.close", handle)


def one_form(suite, pair_of_guests, form):
    label = "-".join(form)
    for guest in pair_of_guests:
        try:
            guest("mount", *form)
        except (OSError, machine.Lost) as why:
            suite.report.fail(f"two-clients/{label}/mount", why)
            return
    pair = Pair(*pair_of_guests, label)
    for check in CASES:
        suite.report.case(f"two-clients/{label}/{check.__name__}", check, pair)
    pair.a("shutil.rmtree", pair.root, True)
    for guest in pair_of_guests:
        suite.report.case(f"two-clients/{label}/unmount", guest, "unmount")


def main():
    suite = Suite(__doc__, lambda parser: parser.add_argument("--form", action="append", help="one such as 3.1.1-seal"))
    why = machine.missing()
    if why:
        suite.report.skip("two-clients", why)
        suite.leave()
    forms = [tuple(form.rsplit("-", 1)) for form in suite.arguments.form or []] or FORMS
    with suite.server() as server, network.Namespace(guests=2) as namespace:
        port = namespace.forward(server.host, server.port)
        login = dict(port=port, user=server.user, password=server.password, share=server.share)
        guests = []
        try:
            for number in (0, 1):
                guest = machine.Machine(namespace, suite.work / f"job{number}", number)
                guests.append(machine.Agent(guest, dict(login, host=guest.host)))
            for form in forms:
                one_form(suite, guests, form)
        except machine.Lost as why:
            suite.report.fail("two-clients/guest", why)
        finally:
            for guest in guests:
                guest.stop()
    suite.leave()


if __name__ == "__main__":
    main()
