"""File operations on a mounted share, each a function; `run` prints `ok|FAIL|skip LABEL/NAME detail`."""

import errno
import fcntl
import hashlib
import mmap
import os
import random
import shutil
import subprocess
import sys
import threading
import time

ALL = []


class Skip(Exception):
    """The mount cannot be asked this; the text says why."""


class Place:
    """The directory one run works in."""

    def __init__(self, mount):
        self.mount = mount
        self.root = os.path.join(mount, f"kernel-{time.time_ns() % 10**12}")
        os.mkdir(self.root)

    def __call__(self, *parts):
        return os.path.join(self.root, *parts)

    def names(self, *parts):
        return os.listdir(self(*parts))


def run(mount, label, only):
    at = Place(mount)
    for check in ALL:
        name = check.__name__.rstrip("_")
        if only and not any(part in name for part in only):
            continue
        started = time.monotonic()
        try:
            check(at)
            verdict, detail = "ok", ""
        except Skip as why:
            verdict, detail = "skip", str(why)
        except Exception as error:  # noqa: BLE001 - every other end is a failure of this one check
            verdict, detail = "FAIL", f"{type(error).__name__}: {error}"[:200]
        print(f"{verdict} {label}/{name} {time.monotonic() - started:.1f}s {detail}".rstrip(), flush=True)
    shutil.rmtree(at.root, ignore_errors=True)
    gone = not os.path.exists(at.root)
    print(f"ok {label}/clean-up" if gone else f"FAIL {label}/clean-up {os.listdir(at.root)[:5]}", flush=True)


def check(function):
    ALL.append(function)
    return function


def write(path, content):
    with open(path, "wb") as file:
        file.write(content)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def forget():
    """Drops the client's caches, so that what is read next comes from the server."""
    with open("/proc/sys/vm/drop_caches", "w") as file:
        file.write("3")


def refused(wanted, call, *arguments):
    wanted = wanted if isinstance(wanted, tuple) else (wanted,)
    try:
        call(*arguments)
    except OSError as error:
        assert error.errno in wanted, f"got {errno.errorcode.get(error.errno, error.errno)}"
        return
    raise AssertionError("it succeeded")


def supported(call, *arguments):
    """The call, with a refusal for want of support turned into a skip."""
    try:
        return call(*arguments)
    except OSError as error:
        if error.errno in (errno.EOPNOTSUPP, errno.ENOSYS, errno.EPERM, errno.EINVAL):
            raise Skip(errno.errorcode[error.errno]) from error
        raise


@check
def write_then_read(at):
    write(at("a"), b"hello")
    forget()
    assert read(at("a")) == b"hello"


@check
def empty_file(at):
    write(at("empty"), b"")
    forget()
    assert os.stat(at("empty")).st_size == 0 and read(at("empty")) == b""


@check
def sixteen_mebibytes(at):
    content = random.Random(1).randbytes(1 << 20) * 16 + b"odd end"
    write(at("big"), content)
    forget()
    assert hashlib.sha256(read(at("big"))).digest() == hashlib.sha256(content).digest()
    os.unlink(at("big"))


@check
def scattered_writes(at):
    source, model = random.Random(2), bytearray(1 << 20)
    handle = os.open(at("scattered"), os.O_RDWR | os.O_CREAT)
    os.ftruncate(handle, len(model))
    for _ in range(150):
        block = source.randbytes(source.randrange(1, 6000))
        offset = source.randrange(len(model) - len(block))
        os.pwrite(handle, block, offset)
        model[offset : offset + len(block)] = block
    os.fsync(handle)
    os.close(handle)
    forget()
    assert read(at("scattered")) == model


@check
def append(at):
    write(at("log"), b"one")
    with open(at("log"), "ab") as file:
        file.write(b" two")
    forget()
    assert read(at("log")) == b"one two"


@check
def exclusive_create(at):
    write(at("taken"), b"")
    refused(errno.EEXIST, os.open, at("taken"), os.O_CREAT | os.O_EXCL | os.O_WRONLY)


@check
def truncate(at):
    write(at("cut"), b"x" * 10000)
    os.truncate(at("cut"), 100)
    forget()
    assert os.stat(at("cut")).st_size == 100
    os.truncate(at("cut"), 5000)
    forget()
    assert read(at("cut")) == b"x" * 100 + bytes(4900)


@check
def overwrite_shorter(at):
    write(at("shorter"), b"a long first content")
    write(at("shorter"), b"short")
    forget()
    assert read(at("shorter")) == b"short"


@check
def beyond_four_gib(at):
    end = 5 << 30
    handle = os.open(at("far"), os.O_RDWR | os.O_CREAT)
    os.pwrite(handle, b"end", end)
    os.close(handle)
    forget()
    handle = os.open(at("far"), os.O_RDONLY)
    assert os.fstat(handle).st_size == end + 3
    assert os.pread(handle, 3, end) == b"end" and os.pread(handle, 4, 1 << 32) == bytes(4)
    os.close(handle)
    os.unlink(at("far"))


@check
def rename(at):
    write(at("from"), b"moved")
    os.rename(at("from"), at("to"))
    refused(errno.ENOENT, os.stat, at("from"))
    forget()
    assert read(at("to")) == b"moved"


@check
def rename_over(at):
    write(at("new"), b"new")
    write(at("old"), b"old")
    os.rename(at("new"), at("old"))
    forget()
    assert read(at("old")) == b"new" and "new" not in at.names()


@check
def rename_directory(at):
    os.mkdir(at("dir-a"))
    write(at("dir-a", "inner"), b"in")
    os.rename(at("dir-a"), at("dir-b"))
    forget()
    assert read(at("dir-b", "inner")) == b"in"


@check
def rename_between_directories(at):
    os.makedirs(at("left/deep"))
    os.mkdir(at("right"))
    write(at("left/deep/file"), b"across")
    os.rename(at("left/deep"), at("right/deep"))
    forget()
    assert read(at("right/deep/file")) == b"across" and at.names("left") == []


@check
def rename_letter_case(at):
    write(at("case"), b"c")
    os.rename(at("case"), at("CASE"))
    names = at.names()
    if "case" in names and "CASE" not in names:
        raise Skip("the client took both names for one file and asked nothing")
    assert "CASE" in names and "case" not in names


@check
def make_and_remove_directory(at):
    os.mkdir(at("made"))
    assert os.path.isdir(at("made"))
    refused(errno.EEXIST, os.mkdir, at("made"))
    os.rmdir(at("made"))
    refused(errno.ENOENT, os.stat, at("made"))


@check
def remove_full_directory(at):
    os.mkdir(at("full"))
    write(at("full", "inner"), b"")
    refused((errno.ENOTEMPTY, errno.EEXIST), os.rmdir, at("full"))


@check
def unlink(at):
    write(at("gone"), b"")
    os.unlink(at("gone"))
    refused(errno.ENOENT, os.open, at("gone"), os.O_RDONLY)
    refused(errno.ENOENT, os.unlink, at("gone"))


@check
def unlink_while_open(at):
    write(at("held"), b"kept")
    with open(at("held"), "rb") as file:
        os.unlink(at("held"))
        assert file.read() == b"kept"
    assert "held" not in at.names()


@check
def missing_names(at):
    refused(errno.ENOENT, os.open, at("none"), os.O_RDONLY)
    refused(errno.ENOENT, os.open, at("none", "inner"), os.O_RDONLY)


@check
def wrong_kind(at):
    os.mkdir(at("kind"))
    refused(errno.EISDIR, os.open, at("kind"), os.O_WRONLY)
    write(at("plain"), b"")
    refused(errno.ENOTDIR, os.open, at("plain", "inner"), os.O_RDONLY)
    refused(errno.ENOTDIR, os.rmdir, at("plain"))


@check
def list_1000(at):
    os.mkdir(at("many"))
    wanted = {f"entry-{number:04}-with-a-name-of-some-length.txt" for number in range(1000)}
    for name in wanted:
        os.close(os.open(at("many", name), os.O_CREAT | os.O_WRONLY))
    forget()
    found = at.names("many")
    assert len(found) == 1000 and set(found) == wanted
    shutil.rmtree(at("many"))


@check
def deep_path(at):
    path = at(*[f"level-{depth:02}" for depth in range(20)])
    os.makedirs(path)
    write(os.path.join(path, "leaf"), b"deep")
    forget()
    assert read(os.path.join(path, "leaf")) == b"deep"


@check
def longest_name(at):
    name = "n" * 255
    write(at(name), b"long")
    forget()
    assert name in at.names()
    os.unlink(at(name))
    refused((errno.ENAMETOOLONG, errno.EINVAL), os.open, at("n" * 256), os.O_CREAT | os.O_WRONLY)


@check
def unicode_names(at):
    names = ["naïve", "日本語", "Ωmega", "face-😀", "two words", "plus+semi;comma,[x]=1"]
    for name in names:
        write(at(name), name.encode())
    forget()
    listed = at.names()
    for name in names:
        assert name in listed, name
        assert read(at(name)) == name.encode(), name


@check
def names_windows_forbids(at):
    names = ["a:b", "what?", "star*", "less<more>", "pipe|", 'quote"']
    for name in names:
        write(at(name), name.encode())
    forget()
    listed = at.names()
    for name in names:
        assert name in listed, name
        assert read(at(name)) == name.encode(), name


@check
def set_times(at):
    write(at("dated"), b"")
    os.utime(at("dated"), (1_000_000_000, 1_234_567_890.5))
    forget()
    assert abs(os.stat(at("dated")).st_mtime - 1_234_567_890.5) < 1e-3


@check
def times_are_now(at):
    write(at("fresh"), b"x")
    forget()
    age = time.time() - os.stat(at("fresh")).st_mtime
    assert -5 < age < 60, age


@check
def read_only_mode(at):
    write(at("fixed"), b"")
    os.chmod(at("fixed"), 0o444)
    forget()
    kept = os.stat(at("fixed")).st_mode & 0o222 == 0
    os.chmod(at("fixed"), 0o644)
    if not kept:
        raise Skip("the mount shows no modes")


@check
def symbolic_link(at):
    supported(os.symlink, "target", at("link"))
    forget()
    assert os.readlink(at("link")) == "target"


@check
def hard_link(at):
    write(at("first"), b"shared")
    supported(os.link, at("first"), at("second"))
    # The client closes late and asks with the first name's lease key until then; wait that out.
    time.sleep(1.6)
    forget()
    assert read(at("second")) == b"shared"
    assert os.stat(at("first")).st_ino == os.stat(at("second")).st_ino


@check
def extended_attributes(at):
    write(at("tagged"), b"")
    supported(os.setxattr, at("tagged"), "user.colour", b"green")
    assert os.getxattr(at("tagged"), "user.colour") == b"green"
    assert [name.lower() for name in os.listxattr(at("tagged"))].count("user.colour") == 1
    os.removexattr(at("tagged"), "user.colour")


@check
def file_system_size(at):
    size = os.statvfs(at.mount)
    assert size.f_blocks > 0 and size.f_bavail > 0 and size.f_bsize >= 512


LOCKER = """
import fcntl, sys
file = open(sys.argv[1], "r+b")
try:
    fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 10, 5)
except OSError:
    sys.exit(7)
"""


@check
def record_locks(at):
    write(at("locked"), bytes(100))
    with open(at("locked"), "r+b") as file:
        other = [sys.executable, "-c", LOCKER, at("locked")]
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 10, 0)
        assert subprocess.call(other) == 7, "no conflict"
        fcntl.lockf(file, fcntl.LOCK_UN, 10, 0)
        assert subprocess.call(other) == 0, "still locked"


@check
def whole_file_lock(at):
    with open(at("flocked"), "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.flock(file, fcntl.LOCK_UN)


@check
def shared_mapping(at):
    write(at("mapped"), bytes(8192))
    with open(at("mapped"), "r+b") as file, mmap.mmap(file.fileno(), 8192) as view:
        view[4090:4100] = b"0123456789"
        view.flush()
    forget()
    assert read(at("mapped"))[4090:4100] == b"0123456789"


@check
def direct_transfers(at):
    handle = os.open(at("direct"), os.O_RDWR | os.O_CREAT | os.O_DIRECT)
    given, taken = mmap.mmap(-1, 65536), mmap.mmap(-1, 65536)
    given[:] = b"D" * 65536
    assert os.write(handle, given) == 65536
    assert os.preadv(handle, [taken], 0) == 65536 and taken[:] == given[:]
    os.close(handle)


@check
def preallocate(at):
    handle = os.open(at("reserved"), os.O_RDWR | os.O_CREAT)
    try:
        supported(os.posix_fallocate, handle, 0, 1 << 20)
    finally:
        os.close(handle)
    assert os.stat(at("reserved")).st_size == 1 << 20


@check
def seek_hole_and_data(at):
    handle = os.open(at("holes"), os.O_RDWR | os.O_CREAT)
    try:
        os.pwrite(handle, b"x", 1 << 20)
        os.fsync(handle)
        hole = supported(os.lseek, handle, 0, os.SEEK_HOLE)
        data = supported(os.lseek, handle, 0, os.SEEK_DATA)
    finally:
        os.close(handle)
    assert 0 <= hole <= (1 << 20) + 1 and 0 <= data <= 1 << 20


@check
def copy_on_the_server(at):
    content = random.Random(3).randbytes(3 << 20)
    write(at("original"), content)
    source, sink = os.open(at("original"), os.O_RDONLY), os.open(at("copy"), os.O_RDWR | os.O_CREAT)
    try:
        done = 0
        while done < len(content):
            step = supported(os.copy_file_range, source, sink, len(content) - done)
            assert step, f"stopped at {done}"
            done += step
    finally:
        os.close(source)
        os.close(sink)
    forget()
    assert read(at("copy")) == content


@check
def eight_writers(at):
    problems = []

    def writer(number):
        source = random.Random(number)
        try:
            for turn in range(10):
                path, content = at(f"writer-{number}-{turn}"), source.randbytes(70_000)
                write(path, content)
                assert read(path) == content
                os.unlink(path)
        except Exception as error:  # noqa: BLE001 - reported by the main thread
            problems.append(repr(error))

    writers = [threading.Thread(target=writer, args=(number,)) for number in range(8)]
    for each in writers:
        each.start()
    for each in writers:
        each.join()
    assert not problems, problems[:2]
