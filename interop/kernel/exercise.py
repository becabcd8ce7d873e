"""Runs inside a guest kernel: random operations on one file of the share, each checked against a copy in memory.

Reads, writes, maps, cuts, holes, copies within the file, syncs, closing and forgetting of caches, by a seed that makes
them the same in every run. Prints a verdict for each form, with the last operations where the file came to differ."""

import collections
import ctypes
import errno
import mmap
import os
import random
import sys
import time

import form

LIMIT = 256 << 10  # bytes the file may have
PAGE = 4096
KEEP_SIZE, PUNCH_HOLE, ZERO_RANGE = 1, 2, 16
LIBC = ctypes.CDLL(None, use_errno=True)


class Difference(Exception):
    pass


class Exercise:
    def __init__(self, path, seed):
        self.path, self.source, self.model = path, random.Random(seed), bytearray()
        self.handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        self.told, self.missing = collections.deque(maxlen=12), collections.Counter()
        self.steps = [
            (self.read, 20), (self.write, 24), (self.map_read, 8), (self.map_write, 10), (self.cut, 8),
            (self.punch, 3), (self.zero, 3), (self.copy, 3), (self.size, 6), (self.sync, 2), (self.reopen, 3),
            (self.whole, 1), (self.forget, 0.05),
        ]

    def run(self, count):
        functions, weights = zip(*self.steps)
        for number, step in enumerate(self.source.choices(functions, weights, k=count)):
            self.told.append(f"{number} {step.__name__}")
            try:
                step()
            except OSError as error:
                if error.errno not in (errno.EOPNOTSUPP, errno.ENOSYS):
                    raise
                self.missing[step.__name__] += 1
        self.sync()
        self.reopen()
        self.whole()
        os.close(self.handle)
        os.unlink(self.path)

    def note(self, text):
        self.told[-1] += " " + text

    def span(self, limit):
        """A range that begins within `limit`, mostly short."""
        offset = self.source.randrange(max(1, limit))
        length = 1 + int(self.source.random() ** 3 * (64 << 10))
        return offset, min(length, limit - offset)

    def same(self, found, offset, length):
        wanted = self.model[offset : offset + length]
        if found == wanted:
            return
        at = next((i for i, (a, b) in enumerate(zip(found, wanted)) if a != b), min(len(found), len(wanted)))
        raise Difference(
            f"at {offset + at}: {found[at:at + 8].hex()} instead of {bytes(wanted[at:at + 8]).hex()}, "
            f"{len(found)} bytes of {len(wanted)}"
        )

    def read(self):
        offset, length = self.span(LIMIT)
        self.note(f"{offset}+{length}")
        self.same(os.pread(self.handle, length, offset), offset, length)

    def put(self, offset, block):
        self.model += bytes(max(0, offset - len(self.model)))
        self.model[offset : offset + len(block)] = block

    def write(self):
        offset, length = self.span(LIMIT)
        self.note(f"{offset}+{length}")
        block = self.source.randbytes(length)
        done = os.pwrite(self.handle, block, offset)
        if done != length:
            raise Difference(f"wrote {done} of {length}")
        self.put(offset, block)

    def mapped(self, length):
        offset = self.source.randrange(max(1, len(self.model)))
        length = min(length, len(self.model) - offset)
        start = offset // PAGE * PAGE
        self.note(f"{offset}+{length}")
        return mmap.mmap(self.handle, offset - start + length, offset=start), offset - start, offset, length

    def map_read(self):
        if self.model:
            view, inside, offset, length = self.mapped(self.source.randrange(1, 40_000))
            with view:
                self.same(view[inside : inside + length], offset, length)

    def map_write(self):
        if self.model:
            view, inside, offset, length = self.mapped(self.source.randrange(1, 40_000))
            block = self.source.randbytes(length)
            with view:
                view[inside : inside + length] = block
                if self.source.random() < 0.3:
                    view.flush()
            self.put(offset, block)

    def cut(self):
        length = self.source.randrange(LIMIT)
        self.note(str(length))
        os.ftruncate(self.handle, length)
        self.model = self.model[:length] + bytes(max(0, length - len(self.model)))

    def allocate(self, mode, offset, length):
        number = ctypes.c_int64
        if LIBC.fallocate(self.handle, mode, number(offset), number(length)):
            raise OSError(ctypes.get_errno(), "fallocate")

    def punch(self):
        offset, length = self.span(max(1, len(self.model)))
        self.note(f"{offset}+{length}")
        if self.model:
            self.allocate(PUNCH_HOLE | KEEP_SIZE, offset, length)
            self.put(offset, bytes(length))

    def zero(self):
        offset, length = self.span(max(1, len(self.model)))
        self.note(f"{offset}+{length}")
        if self.model:
            self.allocate(ZERO_RANGE | KEEP_SIZE, offset, length)
            self.put(offset, bytes(length))

    def copy(self):
        if len(self.model) < 2 * PAGE:
            return
        half = len(self.model) // 2
        source, length = self.span(half)
        target = half + self.source.randrange(half)
        self.note(f"{source}+{length} to {target}")
        done = os.copy_file_range(self.handle, self.handle, length, source, target)
        self.put(target, self.model[source : source + done])

    def size(self):
        found = os.fstat(self.handle).st_size
        if found != len(self.model):
            raise Difference(f"size {found} instead of {len(self.model)}")

    def sync(self):
        os.fsync(self.handle)

    def reopen(self):
        os.close(self.handle)
        self.handle = os.open(self.path, os.O_RDWR)

    def whole(self):
        self.same(os.pread(self.handle, LIMIT, 0), 0, LIMIT)

    def forget(self):
        os.fsync(self.handle)
        with open("/proc/sys/vm/drop_caches", "w") as file:
            file.write("3")


def one_form(plan, version, protection):
    label = f"{version}-{protection}"
    why = form.mount(plan, version, protection)
    if why:
        print(f"FAIL {label}/mount {why}", flush=True)
        return
    started = time.monotonic()
    exercise = Exercise(f"{form.MOUNT}/exercise-{time.time_ns() % 10**9}", plan["seed"])
    try:
        exercise.run(plan["count"])
    except (Difference, OSError) as error:
        last = "; ".join(exercise.told)
        print(f"FAIL {label}/exercise seed {plan['seed']}: {error}; after: {last}", flush=True)
        os.close(exercise.handle)
    else:
        lacked = ", ".join(exercise.missing)
        seconds = time.monotonic() - started
        print(f"ok {label}/exercise {plan['count']} operations, {seconds:.0f} s {'without ' + lacked if lacked else ''}", flush=True)
    why = form.unmount()
    print(f"FAIL {label}/umount {why}" if why else f"ok {label}/umount", flush=True)


if __name__ == "__main__":
    PLAN = form.plan()
    form.prepare(PLAN)
    for each in PLAN["forms"]:
        one_form(PLAN, *each)
    sys.exit(0)
