"""Links of network namespaces: all kinds an interface can be that a suite can make, and namespaces to make them in."""

import contextlib
import ctypes
import json
import os
import shutil
import subprocess
import sys
import time

INSIDE = "LANWARD_IN_NAMESPACE"  # the variable that tells
NETWORK = 0x40000000  # CLONE_NEWNET


def without_namespace():
    """Why no network namespace can be made here, or None."""
    if shutil.which("unshare") is None:
        return "unshare is not installed (package util-linux)"
    if subprocess.run(["unshare", *_whose(), "--net", "true"], capture_output=True).returncode:
        return "none can be made here"
    return None


def enter_namespace():
    """Runs this script again where nobody else has a network and only `lo` is there."""
    if os.environ.get(INSIDE):
        return
    command = ["unshare", *_whose(), "--net", sys.executable, "-B", *sys.argv]
    os.execvpe(command[0], command, dict(os.environ, **{INSIDE: "1"}))


def _whose():
    return [] if os.geteuid() == 0 else ["--user", "--map-root-user"]


def _enter(space):
    if ctypes.CDLL(None, use_errno=True).setns(space.fileno(), NETWORK):
        raise OSError(ctypes.get_errno(), "setns")


def ip(*words):
    done = subprocess.run(["ip", *words], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"ip {' '.join(words)}: {done.stderr.strip()}")


class Link:
    """A link by its name. The name changes with `rename`; addresses are given and taken with their prefix."""

    kind = ""  # as lanward.toml calls it

    def __init__(self, name):
        self.name = name
        self.make()

    def make(self):
        raise NotImplementedError

    def has(self, address):
        words = [address] if "/" in address else [f"{address}/24"]
        ip("address", "add", *words, "dev", self.name)
        return self

    def loses(self, address):
        ip("address", "delete", address if "/" in address else f"{address}/24", "dev", self.name)

    def up(self):
        ip("link", "set", self.name, "up")
        return self

    def down(self):
        ip("link", "set", self.name, "down")

    def rename(self, name):
        """The kernels that suites meet want a link to be down for this."""
        ip("link", "set", self.name, "down")
        ip("link", "set", self.name, "name", name)
        self.name = name
        self.up()

    def delete(self):
        ip("link", "delete", self.name)

    def carrier(self):
        shown = subprocess.run(["ip", "-j", "link", "show", self.name], capture_output=True, check=True)
        return "LOWER_UP" in json.loads(shown.stdout)[0]["flags"]


class Dummy(Link):
    """A link to nowhere."""

    kind = "dummy"

    def make(self):
        ip("link", "add", self.name, "type", "dummy")


class Tun(Link):
    """What a VPN makes; nobody reads from it, so that it has no carrier."""

    kind = "tunnel"

    def make(self):
        ip("tuntap", "add", "dev", self.name, "mode", "tun")

    def delete(self):
        ip("tuntap", "delete", "dev", self.name, "mode", "tun")


class Cable(Link):
    """An Ethernet with its other end, named `NAME-end`, in this namespace too."""

    kind = "ethernet"

    def make(self):
        self.end = f"{self.name}-end"
        ip("link", "add", self.name, "type", "veth", "peer", "name", self.end)
        ip("link", "set", self.end, "up")


class Bridge(Link):
    """A switch with nothing in it, which has no carrier either."""

    kind = "bridge"

    def make(self):
        ip("link", "add", self.name, "type", "bridge")


KINDS = (Dummy, Tun, Cable, Bridge)


def kinds_here():
    """Those this kernel can make, and the names of the others."""
    can, cannot = [], []
    for kind in KINDS:
        try:
            kind("try0").delete()
            can.append(kind)
        except RuntimeError:
            cannot.append(kind.__name__.lower())
    return can, cannot


class Machine:
    """Another machine: a network namespace on a subnet 10.NET.NUMBER.0/24, of which this one is .1 and it is .2."""

    def __init__(self, number, net=77):
        self.server, self.address = f"10.{net}.{number}.1", f"10.{net}.{number}.2"
        self.broadcast, self.interface = f"10.{net}.{number}.255", f"wire{number}"
        self.life = subprocess.Popen(["unshare", "--net", "sleep", "infinity"], stdin=subprocess.DEVNULL)
        self.space = f"/proc/{self.life.pid}/ns/net"
        own = os.readlink("/proc/self/ns/net")
        while os.readlink(self.space) == own:
            time.sleep(0.02)
        ip("link", "add", self.interface, "type", "veth", "peer", "name", "eth0", "netns", str(self.life.pid))
        ip("addr", "add", f"{self.server}/24", "brd", "+", "dev", self.interface)
        ip("link", "set", self.interface, "up")
        there = [
            ["ip", "link", "set", "lo", "up"],
            ["ip", "addr", "add", f"{self.address}/24", "brd", "+", "dev", "eth0"],
            ["ip", "link", "set", "eth0", "up"],
            ["ip", "route", "add", "default", "via", self.server],
        ]
        for command in there:
            self.run(command, check=True)

    def inside(self, command):
        return ["nsenter", f"--net={self.space}", *command]

    def run(self, command, check=False, timeout=60):
        # Nobody answers for DNS here: nobody waits for it either.
        done = subprocess.run(
            self.inside(command),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            env=dict(os.environ, RES_OPTIONS="timeout:1 attempts:1"),
        )
        if check and done.returncode:
            raise RuntimeError(f"{' '.join(command)}: {done.stdout}{done.stderr}")
        return done

    def start(self, command, **how):
        """Something that goes on until it is stopped."""
        return subprocess.Popen(self.inside(command), stdin=subprocess.DEVNULL, **how)

    @contextlib.contextmanager
    def entered(self):
        """Sockets that are made in this context are sockets of this machine."""
        with open("/proc/self/ns/net") as own, open(self.space) as there:
            _enter(there)
            try:
                yield
            finally:
                _enter(own)

    def mac(self):
        """The hardware address of this end."""
        shown = subprocess.run(["ip", "-j", "link", "show", self.interface], capture_output=True, check=True)
        return json.loads(shown.stdout)[0]["address"]

    def leave(self):
        self.life.kill()
        self.life.wait()
