"""Lines that dial in to a server, and what the server says of them."""

import json
import pathlib
import signal
import subprocess
import time

from harness import servers
from harness.report import expect

TUNNEL = "10.99.0.1"
SERVICE = "lanward-vpn"
TUN = "/dev/net/tun"


def configuration(*more):
    """Lines that have a server dialled in to."""
    return "\n".join(["[vpn]", f'address = "{TUNNEL}/24"', 'pool = "10.99.0.10-10.99.0.99"', *more])


def may_dial_in(server, *users):
    """Waits until the server takes commands, and lets these dial in."""
    # Files are served a moment before commands are answered.
    wait_until("the control socket", (server.state / "state" / "control.sock").exists)
    for user in users:
        server._user("set", user, "--dial-in", "true")


class Line:
    """`lanward dial` on a machine, and what it says."""

    def __init__(self, machine, server, user=servers.USER, password=servers.PASSWORD, options=(), host=None):
        secret = server.state / f"secret-{user}-{len(password)}"
        # Another line may be reading it.
        if not secret.exists():
            secret.write_text(password + "\n")
            secret.chmod(0o600)
        host = host or machine.server
        command = [str(server.binary()), "dial", host, "--user", user, "--password-file", str(secret), "--json", *options]
        self.errors = open(server.state / f"dial-{machine.interface}.log", "ab")
        self.process = machine.start(command, stdout=subprocess.PIPE, stderr=self.errors, text=True)

    def until(self, *kinds):
        """The next event of one of these kinds; what comes before is passed over."""
        for line in self.process.stdout:
            event = json.loads(line)
            if event["event"] in kinds:
                return event
        raise AssertionError(f"ended with {self.process.wait()} before any of {kinds}")

    def hang_up(self):
        self.process.send_signal(signal.SIGINT)
        event = self.until("over")
        return event["reason"], self.process.wait(15)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def told(server, *words):
    """What `lanward vpn` answers."""
    command = [str(server.binary()), "vpn", *words, "--config", str(server.config), "--json"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def wait_until(what, check, seconds=10):
    began = time.monotonic()
    while not check():
        expect(time.monotonic() - began < seconds, f"not within {seconds} s: {what}")
        time.sleep(0.05)
    return time.monotonic() - began


def worker(server):
    """The process that reads packets."""
    for process in pathlib.Path("/proc").iterdir():
        try:
            name = (process / "comm").read_text().strip()
            parent = (process / "stat").read_text().rpartition(")")[2].split()[1]
        except (OSError, IndexError):
            continue
        if name == SERVICE and int(parent) == server.process.pid:
            return int(process.name)
    return None


def smbclient(server, address, commands, share=None):
    login = f"{server.user}%{server.password}"
    return ["smbclient", f"//{address}/{share or server.share}", "-p", str(server.port), "-U", login, "-m", "SMB3", "-c", commands]
