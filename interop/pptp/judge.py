"""Sends rows of the table to a server and says whether it does what the row says."""

import select
import time

from harness.report import expect, expect_equal
from pptp.catalogue import MESSAGES
from pptp.peer import LCP, Peer, described, packet

BARRIER = 0x77  # the identifier of what is asked to see that all before it was dealt with
PATIENCE = 10  # seconds for a connection or call to end
USUAL_END = ("c021:5", "c021:6")


def judge(machine, login, row, tunnel):
    """One row, by a client on `machine` that can log on."""
    over_tcp = row.where in ("idle", "established", "called")
    with Peer(machine) as peer:
        reach(peer, row.where, login)
        peer.messages.clear()
        peer.heard.clear()
        if over_tcp:
            peer.say(row.stream())
            said = over_control(peer, row.then)
        else:
            send = peer.send_gre if row.where.startswith("gre") else peer.send_frame
            for data in row.packets(peer.numbers):
                send(data)
            said = over_gre(peer, row, tunnel)
        agree(said, row.says)


def reach(peer, where, login):
    steps = {
        "idle": lambda: None,
        "established": peer.establish,
        "called": peer.begin_call,
        "gre-early": lambda: peer.begin_call().frame(PATIENCE),
        "opened": peer.open,
        "granted": lambda: peer.authenticate(*login),
        "running": lambda: peer.run(*login),
        "gre": lambda: peer.run(*login),
    }
    steps[where]()


def over_control(peer, then):
    if then == "stays":
        # What was said to all before comes when that was dealt with.
        time.sleep(0.03)
        peer.say(MESSAGES[5][:12] + b"wall")
    until = time.monotonic() + PATIENCE
    said = []
    while time.monotonic() < until and not peer.over:
        if select.select([peer.tcp], [], [], 0.2)[0]:
            peer.look()
        while peer.messages:
            message = peer.messages.pop(0)
            if message[9] == 6 and message[12:16] == b"wall":
                return said
            said.append(described(message))
    expect(peer.over and then != "stays", f"it should have been so that it {then}; said {said}")
    return said


def over_gre(peer, row, tunnel):
    peer.next += 1
    if row.then == "any":
        # What is said when somebody else has judged takes its time; what may come without being said, a moment.
        finish, wanted = time.monotonic() + PATIENCE, [what.lstrip("~") for what in row.says]
        while len(heard(peer)) < len(wanted) and time.monotonic() < finish:
            listen(peer, 0.2)
        listen(peer, 0.1)
        return heard(peer)
    if row.then == "ends":
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and not ended(peer):
            listen(peer, 0.2)
        expect(ended(peer), f"the call goes on; heard {peer.heard}")
        # What was said by GRE before it is there already.
        while peer.frame(0.02):
            pass
        return heard(peer)
    # An echo of LCP, or where it is not open a request: repeated, as who floods is not answered for a while.
    for _ in range(20):
        peer.send(LCP, packet(1 if row.where == "gre-early" else 9, BARRIER, bytes(4) if row.where != "gre-early" else b""))
        until = time.monotonic() + 0.3
        while time.monotonic() < until:
            listen(peer, until - time.monotonic())
            if any(identifier == BARRIER for _, identifier in peer.heard):
                expect(not ended(peer), f"the call ended; heard {peer.heard}")
                if row.where in ("gre", "running"):
                    expect(any(peer.ping(tunnel, number) for number in range(3)), "nothing passes any more")
                return heard(peer)
        expect(not ended(peer), f"the call ended; heard {peer.heard}")
    raise AssertionError(f"it does not answer any more; heard {peer.heard}")


def listen(peer, seconds):
    found = peer.frame(seconds)
    if found and len(found[1]) >= 4 and found[1][0] == 5:
        peer.agree(*found)


def ended(peer):
    return peer.over or any(message[9] in (3, 13) for message in peer.messages)


def heard(peer):
    return [what for what, identifier in peer.heard if identifier != BARRIER]


def agree(said, says):
    """What was said is what the row has, in its order; and what nobody counts is there and nothing else."""
    uncounted = {what[1:] for what in says if what.startswith("~")}
    if uncounted:
        said = sorted({what for what in said if what not in USUAL_END})
        return expect_equal(said, sorted(uncounted), "what it said")
    ending = [what for what in USUAL_END if what not in says]
    return expect_equal([what for what in said if what not in ending], says, "what it said")
