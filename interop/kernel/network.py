"""A network namespace with a tap device for each guest, and a way from them to a server on loopback."""

import ctypes
import os
import socket
import subprocess
import threading


class Namespace:
    """Created on entry, deleted on exit; nothing outside it is touched."""

    def __init__(self, guests=1):
        self.name, self.guests = f"lanward{os.getpid()}", guests

    @staticmethod
    def tap(guest):
        return f"guest{guest}"

    @staticmethod
    def host(guest):
        """Where a guest finds this side."""
        return f"10.213.{7 + guest}.1"

    @staticmethod
    def guest(guest):
        return f"10.213.{7 + guest}.2/24"

    def __enter__(self):
        _ip("netns", "add", self.name)
        try:
            self.ip("link", "set", "lo", "up")
            for guest in range(self.guests):
                tap = self.tap(guest)
                self.ip("tuntap", "add", "dev", tap, "mode", "tap")
                self.ip("addr", "add", f"{self.host(guest)}/24", "dev", tap)
                self.ip("link", "set", tap, "up")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        subprocess.run(["ip", "netns", "del", self.name], check=False)

    def ip(self, *arguments):
        _ip("-n", self.name, *arguments)

    def forward(self, host, port):
        """Listens inside the namespace and joins each connection to `host`:`port` outside; gives the port."""
        listener = []
        maker = threading.Thread(target=lambda: listener.append(self._listen()))
        maker.start()
        maker.join()
        threading.Thread(target=_accept, args=(listener[0], host, port), daemon=True).start()
        return listener[0].getsockname()[1]

    def _listen(self):
        """Runs in a thread of its own, which is left in the namespace and ends there."""
        handle = os.open(f"/run/netns/{self.name}", os.O_RDONLY)
        try:
            if ctypes.CDLL(None, use_errno=True).setns(handle, 0):
                raise OSError(ctypes.get_errno(), "setns")
        finally:
            os.close(handle)
        return socket.create_server(("", 0))


def _ip(*arguments):
    subprocess.run(["ip", *arguments], check=True, stdout=subprocess.DEVNULL)


def _accept(listener, host, port):
    while True:
        inside, _ = listener.accept()
        try:
            outside = socket.create_connection((host, port))
        except OSError:
            inside.close()
            continue
        for link in (inside, outside):
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for source, sink in ((inside, outside), (outside, inside)):
            threading.Thread(target=_pump, args=(source, sink), daemon=True).start()


def _pump(source, sink):
    try:
        while block := source.recv(1 << 18):
            sink.sendall(block)
    except OSError:
        pass
    for link in (source, sink):
        try:
            link.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
