"""Where a suite points: a server it starts itself, or one that already runs."""

import argparse
import atexit
import os
import pathlib
import shutil
import signal
import sys
import tempfile

from harness import links, servers
from harness.report import Report


class Running:
    """A server somebody else started; the suite cannot restart or reconfigure it."""

    kind = "running"
    process = None

    def __init__(self, host, port, user, password, share, directory=None):
        self.host, self.port, self.user, self.password, self.share = host, int(port), user, password, share
        self.directory = pathlib.Path(directory) if directory else None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


class Suite:
    """The command line and working directory common to all suites."""

    def __init__(self, description, options=None):
        parser = argparse.ArgumentParser(description=description)
        parser.add_argument("--against", choices=sorted(servers.KINDS), default="lanward")
        parser.add_argument(
            "--at",
            nargs="+",
            metavar="X",
            help="HOST PORT USER PASSWORD SHARE [DIRECTORY] of a running server, instead of starting one",
        )
        parser.add_argument("--only", action="append", default=[], help="run cases whose name contains this")
        if options:
            options(parser)
        self.arguments = parser.parse_args()
        self.report = Report(self.arguments.only)
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="lanward-work-"))
        if not os.environ.get("INTEROP_KEEP"):
            atexit.register(shutil.rmtree, self.work, ignore_errors=True)
        # A terminated suite must still stop its server: turn the signal into an exception.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))

    def server(self, profile=None, port=None):
        """Starts a server in this profile, at a port of its own unless one is named, or gives the one named on the command line."""
        if self.arguments.at:
            return Running(*self.arguments.at)
        kind = servers.KINDS[self.arguments.against]
        why = kind.missing()
        if why:
            self.report.skip("server", f"{kind.kind}: {why}")
            self.leave()
        server = kind(profile)
        server.port = port or server.port
        try:
            return server.start()
        except BaseException:
            server.stop()
            raise

    def needs(self, tool, package):
        """Ends the suite as skipped when a peer is not installed."""
        if shutil.which(tool) is None:
            self.report.skip(tool, f"not installed (package {package})")
            self.leave()

    def judges_ours_alone(self, why):
        """Ends the suite as skipped where it is not our server that it starts."""
        if self.arguments.against != "lanward" or self.arguments.at:
            self.report.skip("server", why)
            self.leave()

    def enter_namespace(self, device=None):
        """Goes on in a network namespace of its own, where the server is started, or ends as skipped where that cannot be.
        `device` is one it needs beside."""
        why = links.without_namespace() or ("the server must be in it" if self.arguments.at else None)
        if not why and device and not os.access(device, os.R_OK | os.W_OK):
            why = f"there is no {device} for this user"
        if why:
            self.report.skip("namespace", why)
            self.leave()
        if links.INSIDE not in os.environ:
            shutil.rmtree(self.work, ignore_errors=True)
        links.enter_namespace()
        links.ip("link", "set", "lo", "up")

    def leave(self):
        sys.exit(self.report.finish())
