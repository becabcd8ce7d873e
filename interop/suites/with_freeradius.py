#!/usr/bin/python3
"""Dial-in judged by FreeRADIUS: who may come in, the keys, address and time that come with it, what it is told of sessions, and whom it sends away; one
that does not answer or has another secret. Everything happens in network namespaces of its own."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness import dial, servers  # noqa: E402
from harness.dial import TUNNEL, Line, smbclient, told, wait_until  # noqa: E402
from harness.freeradius import FreeRadius  # noqa: E402
from harness.links import Machine  # noqa: E402
from harness.report import expect, expect_equal  # noqa: E402
from harness.target import Suite  # noqa: E402

SECRET, WRONG = "between servers", "something else"
PASSWORD = "Of.another.store1"  # no account of the server's own has it
FIXED = "10.99.0.177"
PORT = 3799
CLASS = "0x636c617373"
TIMEOUT, TRIES = 1, 2  # seconds for an answer, how often a server is asked
INTERIM = 60  # seconds: nothing is told more often


def up(machine, server, user):
    line = Line(machine, server, user, PASSWORD, ("--once",))
    return line, line.until("up", "over")


def sessions_of(radius, user):
    """What it was told of this user, by the kind."""
    return {one["Acct-Status-Type"]: one for one in radius.told() if one.get("User-Name") == user}


def accepted(server, machine, radius):
    """Somebody only FreeRADIUS knows, with keys it made, at the address it said."""
    line, event = up(machine, server, "ann")
    try:
        expect_equal(event.get("encryption"), "MPPE-128 stateless", f"what came of it, {event}")
        expect_equal(event["address"], FIXED, "the address")
        machine.run(["ping", "-c", "3", "-i", "0.2", "-W", "2", TUNNEL], check=True)
        machine.run(smbclient(server, TUNNEL, "ls"), check=True)
        expect_equal([(one["user"], one["address"]) for one in told(server, "sessions")], [("ann", FIXED)], "sessions")
        wait_until("it is told that somebody came", lambda: "Start" in sessions_of(radius, "ann"))
        expect_equal(line.hang_up(), ("local", 0), "how it ended")
    finally:
        line.kill()
    wait_until("it is told that somebody left", lambda: "Stop" in sessions_of(radius, "ann"))
    start, stop = (sessions_of(radius, "ann")[kind] for kind in ("Start", "Stop"))
    for name in ("Acct-Session-Id", "NAS-Port", "NAS-Identifier", "Framed-IP-Address", "Calling-Station-Id", "Class"):
        expect_equal(stop.get(name), start.get(name), name)
    expect_equal((start["Framed-IP-Address"], start["Calling-Station-Id"], start["Class"]), (FIXED, machine.address, CLASS), "who it was")
    expect_equal(stop["Acct-Terminate-Cause"], "User-Request", "why it ended")
    expect(int(stop["Acct-Input-Octets"]) > 500 and int(stop["Acct-Output-Octets"]) > 500, f"what it carried: {stop}")
    expect(int(stop["Acct-Input-Packets"]) > 3 and "Acct-Session-Time" in stop, f"what it carried: {stop}")


def rejected(server, machine, radius):
    for user, password in (("ann", "wrong"), ("nobody", PASSWORD), (servers.USER, servers.PASSWORD)):
        line = Line(machine, server, user, password)
        try:
            event = line.until("over", "up")
            expect_equal((event["event"], event["reason"]), ("over", "authentication-failed"), user)
            expect_equal(line.process.wait(15), 67, f"the code for {user}")
        finally:
            line.kill()
    expect_equal(told(server, "sessions"), [], "sessions")
    expect(radius.log().count("Login incorrect") >= 3, "it was not asked")


def for_so_long(server, machine, radius, user, cause):
    """A time that FreeRADIUS sets ends a session."""
    before = told(server, "stats")["ended"].get(cause, 0)
    line, event = up(machine, server, user)
    try:
        expect_equal(event["event"], "up", f"what came of it, {event}")
        line.until("over")
    finally:
        line.kill()
    wait_until("it is counted", lambda: told(server, "stats")["ended"].get(cause, 0) == before + 1)
    wait_until("it is told", lambda: "Stop" in sessions_of(radius, user))
    named = {"session-timeout": "Session-Timeout", "idle-timeout": "Idle-Timeout"}[cause]
    expect_equal(sessions_of(radius, user)["Stop"]["Acct-Terminate-Cause"], named, "why it ended")


def sent_away(server, machine, radius):
    line, event = up(machine, server, "ben")
    at = f"{radius.machine.server}:{PORT}"
    try:
        expect_equal(event["event"], "up", f"what came of it, {event}")
        wait_until("it is told", lambda: "Start" in sessions_of(radius, "ben"))
        session = sessions_of(radius, "ben")["Start"]["Acct-Session-Id"]
        expect_equal(radius.disconnect(at, WRONG, User_Name="ben"), None, "what is said to who has another secret")
        expect_equal(radius.disconnect(at, SECRET, User_Name="someone"), "Disconnect-NAK", "what is said of who is not there")
        expect_equal(radius.disconnect(at, SECRET, User_Name="ben", Acct_Session_Id="0-0"), "Disconnect-NAK", "what is said of another session")
        machine.run(["ping", "-c", "1", "-W", "2", TUNNEL], check=True)
        expect_equal(radius.disconnect(at, SECRET, User_Name="ben", Acct_Session_Id=session), "Disconnect-ACK", "what is said")
        line.until("over")
    finally:
        line.kill()
    wait_until("it is told", lambda: "Stop" in sessions_of(radius, "ben"))
    expect_equal(sessions_of(radius, "ben")["Stop"]["Acct-Terminate-Cause"], "Admin-Reset", "why it ended")


def next_one(server, machine, radius, second):
    """One that is down is not waited for any longer than it must, and is told nothing."""
    radius.stop()
    line, event = up(machine, server, "ann")
    try:
        expect_equal(event["event"], "up", f"what came of it, {event}")
        expect("Login OK: [ann" in second.log(), "the second one was not asked")
        line.hang_up()
        wait_until("the second one is told", lambda: "Stop" in sessions_of(second, "ann"))
    finally:
        line.kill()
        radius.start()


def not_believed(server, machine, both, change, shown):
    """After this change nobody comes in, and `shown` says why."""
    for radius in both:
        radius.stop()
        change(radius)
        radius.start()
    line = Line(machine, server, "ann", PASSWORD, ("--once",))
    try:
        event = line.until("up", "over")
        expect_equal(event["event"], "over", f"what came of it, {event}")
        expect_equal(told(server, "sessions"), [], "sessions")
        text = shown()
        expect("Message-Authenticator" in text, f"nothing says why: {text[-300:]}")
    finally:
        line.kill()


def interim(server, machine, radius):
    """It is told how it goes with somebody, as often as it wants, but not more often than each minute."""
    line, event = up(machine, server, "eve")
    try:
        expect_equal(event["event"], "up", f"what came of it, {event}")
        machine.run(["ping", "-c", "10", "-i", "0.1", "-W", "2", TUNNEL], check=True)
        taken = wait_until("it is told", lambda: "Interim-Update" in sessions_of(radius, "eve"), INTERIM + 30)
        expect(taken > INTERIM - 10, f"after {taken:.0f} s already")
        expect(int(sessions_of(radius, "eve")["Interim-Update"]["Acct-Input-Octets"]) > 500, "what it carried")
        line.hang_up()
    finally:
        line.kill()


def main():
    suite = Suite(__doc__, lambda parser: parser.add_argument("--interim", action="store_true", help="what is told each minute, too"))
    suite.judges_ours_alone("only our own has a VPN")
    for tool, package in (("smbclient", "smbclient"), ("ip", "iproute2"), ("ping", "iputils-ping")):
        suite.needs(tool, package)
    why = FreeRadius.missing()
    if why:
        suite.report.skip("freeradius", why)
        suite.leave()
    suite.enter_namespace(dial.TUN)
    machines, running, server = [Machine(1), Machine(2)], [], None
    caller, judge = machines
    try:
        for name, port in (("first", 1812), ("second", 1822)):
            radius = FreeRadius(judge, suite.work / name, judge.server, SECRET, port)
            radius.knows("ann", PASSWORD, Framed_IP_Address=FIXED, Class=CLASS)
            radius.knows("ben", PASSWORD)
            radius.knows("dan", PASSWORD, Session_Timeout=3)
            radius.knows("kim", PASSWORD, Idle_Timeout=3)
            radius.knows("eve", PASSWORD, Acct_Interim_Interval=10)
            running.append(radius.start())
        secret = suite.work / "secret"
        secret.write_text(SECRET + "\n")
        secret.chmod(0o600)
        named = [
            f'{{ address = "{judge.address}", secret-file = "{secret}", port = {radius.port}, accounting-port = {radius.port + 1} }}'
            for radius in running
        ]
        radius = ["[vpn.radius]", f"servers = [{', '.join(named)}]", f"disconnect-port = {PORT}", f'timeout = "{TIMEOUT}s"', f"tries = {TRIES}"]
        server = suite.server(servers.Profile(everywhere=True, extra=dial.configuration(*radius)))
        wait_until("the control socket", (server.state / "state" / "control.sock").exists)
        first, second = running
        case = suite.report.case
        case("accepted", accepted, server, caller, first)
        case("rejected", rejected, server, caller, first)
        case("session-timeout", for_so_long, server, caller, first, "dan", "session-timeout")
        case("idle-timeout", for_so_long, server, caller, first, "kim", "idle-timeout")
        case("sent-away", sent_away, server, caller, first)
        if suite.arguments.interim:
            case("interim", interim, server, caller, first)
        else:
            suite.report.skip("interim", "takes a minute: with --interim")
        case("next-one", next_one, server, caller, first, second)
        log = server.state / "server.log"
        case("unsigned", not_believed, server, caller, running, lambda one: setattr(one, "signs", False), log.read_text)
        case("another-secret", not_believed, server, caller, running, lambda one: setattr(one, "secret", WRONG), first.log)
    finally:
        if server:
            server.stop()
        for radius in running:
            radius.stop()
        for machine in machines:
            machine.leave()
    suite.leave()


if __name__ == "__main__":
    main()
