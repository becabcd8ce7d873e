"""The lines every suite prints: `ok NAME`, `FAIL NAME why`, `skip NAME why`, then the totals."""

import sys
import time
import traceback


class Skip(Exception):
    """Raised inside a case that cannot be judged here; the text says why."""


class Report:
    """Counts cases and prints one line for each as soon as it is known."""

    def __init__(self, only=()):
        self.passed = self.failed = self.skipped = 0
        self.only = tuple(only)

    def ok(self, name, detail=""):
        self.passed += 1
        _line("ok", name, detail)

    def fail(self, name, why):
        self.failed += 1
        _line("FAIL", name, why)

    def skip(self, name, why):
        self.skipped += 1
        _line("skip", name, why)

    def wants(self, name):
        return not self.only or any(part in name for part in self.only)

    def case(self, name, check, *args):
        """Runs one check: returning is a pass, `Skip` a skip, any other exception a failure."""
        if not self.wants(name):
            return False
        started = time.monotonic()
        try:
            check(*args)
        except Skip as why:
            self.skip(name, why)
        except AssertionError as why:
            self.fail(name, why or traceback.format_exc().splitlines()[-2].strip())
        except Exception as error:  # noqa: BLE001 - a peer library may raise anything; all of it is a failure
            self.fail(name, f"{type(error).__name__}: {error}")
        else:
            self.ok(name, f"{time.monotonic() - started:.2f}s")
            return True
        return False

    def finish(self):
        """Prints the totals and gives the exit status."""
        print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped", flush=True)
        return 1 if self.failed else 0


def _line(verdict, name, detail):
    text = " ".join(str(detail).split())[:400]
    print(f"{verdict} {name} {text}".rstrip(), flush=True)


def expect(condition, why):
    """An assertion that keeps its text under `python -O` as well."""
    if not condition:
        raise AssertionError(why)


def expect_equal(found, wanted, what):
    expect(found == wanted, f"{what}: found {found!r}, wanted {wanted!r}")


def die(text):
    print(text, file=sys.stderr)
    sys.exit(2)
