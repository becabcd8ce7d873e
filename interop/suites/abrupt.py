#!/usr/bin/python3
"""Sealed sessions that end badly: in a compound, with requests waiting, with everything cancelled. The next client
is served, on whatever worker it lands, and nothing of the last one is left."""

import logging
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness.report import expect  # noqa: E402
from harness.target import Suite  # noqa: E402
from with_smbprotocol import (  # noqa: E402
    EVERY_SHARE,
    READ_WRITE_DELETE,
    CreateDisposition,
    CreateOptions,
    LockFlags,
    Login,
    Open,
    SMBResponseException,
    create_arguments,
    lock,
    lock_request,
)

# The library tells on standard error what it thinks of a socket that closes; here that is the point.
logging.disable(logging.WARNING)

# More than the server has workers, so that each of them meets an abrupt end and then a newcomer.
ROUNDS = 12
WAITING = 16
GONE_WITHIN_SECONDS = 20


def waiting_locks(login, handle):
    """Requests that the server holds because another open has the range."""
    request = [lock_request(handle, 0, 10, LockFlags.SMB2_LOCKFLAG_EXCLUSIVE_LOCK) for _ in range(WAITING)]
    return [send(login, each) for each in request]


def send(login, message):
    return login.connection.send(message, login.session.session_id, login.tree.tree_connect_id)


def compound(login, name, count=4):
    """A related compound that creates a file, writes and reads it."""
    handle = Open(login.tree, name)
    arguments = create_arguments(CreateDisposition.FILE_OPEN_IF, 0, READ_WRITE_DELETE, EVERY_SHARE)
    steps = [handle.create(*arguments, send=False), handle.write(b"x" * 4096, send=False)]
    steps += [handle.read(0, 4096, send=False) for _ in range(count - 2)]
    messages = [message for message, _ in steps]
    return login.connection.send_compound(messages, login.session.session_id, login.tree.tree_connect_id, related=True)


def drop(login):
    """Closes the socket with no word of farewell."""
    login.connection.transport.close()


def logoff_with_requests_waiting(login, holder, name):
    handle = login.open(name)
    waiting_locks(login, handle)
    login.session.disconnect(close=False)


def logoff_behind_a_compound(login, holder, name):
    compound(login, name)
    login.session.disconnect(close=False)


def disconnect_with_requests_waiting(login, holder, name):
    waiting_locks(login, login.open(name))
    drop(login)


def disconnect_within_a_frame(login, holder, name):
    transport = login.connection.transport
    whole = transport.send

    def half(message):
        # The length prefix promises all of it; half arrives.
        data = message if isinstance(message, bytes) else message.pack()
        transport._sock.sendall(len(data).to_bytes(4, "big") + data[: len(data) // 2])

    transport.send = half
    try:
        compound(login, name)
    finally:
        transport.send = whole
    drop(login)


def disconnect_behind_a_compound(login, holder, name):
    for _ in range(4):
        compound(login, name)
    drop(login)


def cancel_everything(login, holder, name):
    handle = login.open(name)
    requests = waiting_locks(login, handle) + compound(login, name + "-2")
    for request in requests:
        request.cancel()
    for request in requests:
        try:
            login.connection.receive(request, timeout=20)
        except SMBResponseException:
            pass
    login.connection.echo()
    login.logoff()


ENDS = [
    logoff_with_requests_waiting,
    logoff_behind_a_compound,
    disconnect_with_requests_waiting,
    disconnect_within_a_frame,
    disconnect_behind_a_compound,
    cancel_everything,
]


def many_times(server, end):
    for turn in range(ROUNDS):
        name = f"{end.__name__}-{turn}"
        holder = Login(server, "3.1.1", sealed=True)
        held = holder.open(name)
        lock(holder, held, 0, 10, LockFlags.SMB2_LOCKFLAG_EXCLUSIVE_LOCK)
        try:
            end(Login(server, "3.1.1", sealed=True), holder, name)
        finally:
            held.close()
            holder.logoff()
        newcomer(server, name)


def newcomer(server, name):
    """The next client can have the file to itself and delete it, soon: its last owner is gone."""
    login = Login(server, "3.1.1", sealed=True)
    deadline = time.monotonic() + GONE_WITHIN_SECONDS
    while True:
        try:
            handle = login.open(name, options=CreateOptions.FILE_DELETE_ON_CLOSE, share=0)
            break
        except SMBResponseException as error:
            expect(time.monotonic() < deadline, f"{name} is still held: {error}")
            time.sleep(0.05)
    handle.write(b"mine", 0)
    expect(handle.read(0, 4) == b"mine", "content read back differs")
    handle.close()
    login.logoff()


def main():
    suite = Suite(__doc__)
    with suite.server() as server:
        for end in ENDS:
            suite.report.case(f"abrupt/{end.__name__}", many_times, server, end)
    suite.leave()


if __name__ == "__main__":
    main()
