#!/usr/bin/python3
"""What has broken others who ask RADIUS whether somebody may dial in (rows A16 and M12 of the catalogue of `dial_in_catalogue.py`): answers of a server
that knows the secret and of one that does not, while somebody else has dialled in and is answered all the time."""

import contextlib
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness import dial, servers  # noqa: E402
from harness.dial import TUNNEL  # noqa: E402
from harness.links import Machine  # noqa: E402
from harness.report import expect, expect_equal  # noqa: E402
from harness.target import Suite  # noqa: E402

ROWS = ("A16", "M12")
SECRET = b"between servers"
POOL = "10.99.0."


def names(answers):
    """Of a family of answers."""
    return [name for name, _ in answers(Request.of_nobody())]


def one(answers, name):
    """This one of them, for a request."""
    return lambda request: dict(answers(request))[name]


def passed_over(scene, radius, name):
    """A16: it is as if nothing had come, and what is right behind it is believed."""
    radius.says = lambda request: [one(not_answers, name)(request), request.accepted()]
    before = radius.asked
    with Peer(scene.attacker) as peer:
        peer.run(DISTURBED.decode(), servers.PASSWORD)
        expect(peer.ping(TUNNEL, 1), "nothing passes")
    expect_equal(radius.asked, before + 1, "how often it was asked")


def from_another_port(scene, radius):
    """A16: what others than the server send is not read, were it right in all."""

    def says(request):
        radius.from_elsewhere(request.accepted())
        return [request.answer(REJECT, b"")]

    radius.says = says
    # The other socket knows where to from the logon before.
    refused(scene)


def refused(scene):
    with Peer(scene.attacker) as peer:
        try:
            peer.run(DISTURBED.decode(), servers.PASSWORD)
        except AssertionError:
            return
    raise AssertionError("it was let in")


def believed(scene, radius, name):
    """A16: attributes that cannot be are as if they were not there."""
    radius.says = lambda request: [request.accepted(one(strange_attributes, name)(request))]
    with Peer(scene.attacker) as peer:
        peer.run(DISTURBED.decode(), servers.PASSWORD)
        expect(peer.own.startswith(POOL), f"it is {peer.own}")
        expect(peer.ping(TUNNEL, 1), "nothing passes")


def useless(scene, radius, name):
    """M12: without keys there is no call that must be encrypted; nor with a server that does not know the password."""
    radius.says = lambda request: [request.answer(ACCEPT, one(without_keys, name)(request))]
    refused(scene)


def challenged(scene, radius):
    """A16: PPP has no answer to a challenge."""
    radius.says = lambda request: [request.answer(CHALLENGE, attribute(24, b"state") + attribute(18, b"token?"))]
    refused(scene)


def flooded(scene, radius):
    """A16: a thousand answers to one question are one answer."""
    radius.says = lambda request: [request.accepted()] * 1000
    with Peer(scene.attacker) as peer:
        peer.run(DISTURBED.decode(), servers.PASSWORD)
        expect(peer.ping(TUNNEL, 1), "nothing passes")


def main():
    suite = Suite(__doc__)
    suite.judges_ours_alone("only our own has a VPN")
    prepare(suite)
    secret = suite.work / "secret"
    secret.write_bytes(SECRET + b"\n")
    secret.chmod(0o600)
    with contextlib.ExitStack() as ends:
        judge = Machine(3)
        ends.callback(judge.leave)
        radius = Radius(judge, SECRET, servers.PASSWORD)
        ends.callback(radius.leave)
        told_of = f'servers = [{{ address = "{judge.address}", secret-file = "{secret}", accounting-port = 0 }}]'
        extra = dial.configuration(*UNHURRIED, "[vpn.radius]", told_of)
        scene = ends.enter_context(staged(suite, extra))
        case = scene.case
        for name in names(not_answers):
            case(suite.report, f"A16-{name}", passed_over, radius, name)
        case(suite.report, "A16-another-port", from_another_port, radius)
        for name in names(strange_attributes):
            case(suite.report, f"A16-{name}", believed, radius, name)
        case(suite.report, "A16-challenge", challenged, radius)
        case(suite.report, "A16-flood", flooded, radius)
        for name in names(without_keys):
            case(suite.report, name, useless, radius, name)
        suite.report.case("neighbour", scene.lost)
    suite.leave()


if __name__ == "__main__":
    # The cryptography of the peer is a package that may be missing.
    try:
        from dial_in_catalogue import UNHURRIED, prepare, staged
        from pptp.peer import Peer
        from pptp.radius import (
            ACCEPT,
            CHALLENGE,
            DISTURBED,
            REJECT,
            Radius,
            Request,
            attribute,
            not_answers,
            strange_attributes,
            without_keys,
        )
    except ImportError as missing:
        suite = Suite(__doc__)
        suite.report.skip("pycryptodomex", f"{missing} (package python3-pycryptodome)")
        suite.leave()
    main()
