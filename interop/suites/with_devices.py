#!/usr/bin/python3
"""impacket over NT LM 0.12 on what is not the server's own: a serial line at a pseudoterminal, a service at a Unix socket."""

import os
import pathlib
import pty
import socket
import struct
import sys
import tempfile
import threading
import tty

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness.report import expect, expect_equal  # noqa: E402
from harness.servers import SECOND_USER, USER, Profile  # noqa: E402
from harness.target import Suite  # noqa: E402

try:
    from impacket import nt_errors, smb
    from impacket.smbconnection import SMBConnection

    from harness import impacket_files
    from harness.impacket_files import expect_status
except ImportError as error:
    print(f"skip devices {error} (package python3-impacket)\n0 passed, 0 failed, 1 skipped")
    sys.exit(0)

SERIAL_DEVICE, GET_BAUD_RATE, SET_BAUD_RATE = 1, 0x61, 0x41
SHARING_VIOLATION = 0xC0000043
BAD_DEVICE_TYPE = 0xC00000CB


class Line:
    """A pseudoterminal: the server has the near end."""

    def __init__(self):
        self.far, self.near = pty.openpty()
        tty.setraw(self.near)
        self.path = os.ttyname(self.near)

    def hear(self, count):
        heard = b""
        while len(heard) < count:
            heard += os.read(self.far, count - len(heard))
        return heard


class Scale(threading.Thread):
    """A service that answers each packet with its own text behind a greeting."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(path)
        self.listener.listen(4)
        self.start()

    def run(self):
        while True:
            peer, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(peer,), daemon=True).start()

    @staticmethod
    def serve(peer):
        announced = peer.recv(65536)
        while heard := peer.recv(65536):
            peer.send(announced.split(b" ")[2] + b"|" + heard)


def connect(server, user):
    low = smb.SMB(server.host, server.host, sess_port=server.port, timeout=30)
    link = SMBConnection(existingConnection=low)
    link.login(user, server.password)
    return low, link


def opened(low, share="LINE"):
    tree = low.tree_connect_andx(f"\\\\X\\{share}", service="COMM")
    return tree, low.open(tree, "COM1", smb.SMB_O_OPEN, smb.SMB_ACCESS_READWRITE)[0]


def ioctl(low, tree, fid, function, data, room):
    """SMB_COM_IOCTL, which impacket has no name for."""
    packet = smb.NewSMBPacket()
    packet["Tid"] = tree
    command = smb.SMBCommand(0x27)
    counts = (0, len(data), 0, room)
    command["Parameters"] = struct.pack(
        "<HHHHHHHLHHHHH", fid, SERIAL_DEVICE, function, *counts, 0, 0, 0, 0, len(data), 64 if data else 0
    )
    command["Data"] = b"\0" + data
    packet.addCommand(command)
    low.sendSMB(packet)
    answer = low.recvSMB()
    answer.isValidAnswer(0x27)
    words = struct.unpack("<8H", smb.SMBCommand(answer["Data"][0])["Parameters"])
    return answer.getData()[words[6] : words[6] + words[5]]


def devices(suite, server, line):
    low, _ = connect(server, USER)

    def both_ways():
        tree, fid = opened(low)
        low.write_andx(tree, fid, b"AT\r\x11")
        expect_equal(line.hear(4), b"AT\r\x11", "what the line hears")
        os.write(line.far, b"OK\r\n")
        expect_equal(low.read_andx(tree, fid, max_size=100), b"OK\r\n", "what the client reads")
        low.close(tree, fid)

    def rates():
        tree, fid = opened(low)
        expect_equal(ioctl(low, tree, fid, GET_BAUD_RATE, b"", 2), struct.pack("<H", 4800), "rate")
        ioctl(low, tree, fid, SET_BAUD_RATE, struct.pack("<H", 1200), 0)
        expect_equal(ioctl(low, tree, fid, GET_BAUD_RATE, b"", 2), struct.pack("<H", 1200), "rate")
        low.close(tree, fid)

    def one_at_a_time():
        tree, fid = opened(low)
        other, _ = connect(server, USER)
        expect_status(SHARING_VIOLATION, opened, other)
        low.close(tree, fid)
        opened(other)
        other.close_session()

    def nobody_else():
        other, _ = connect(server, SECOND_USER)
        expect_status(nt_errors.STATUS_ACCESS_DENIED, other.tree_connect_andx, "\\\\X\\LINE", service="COMM")
        expect_status(BAD_DEVICE_TYPE, low.tree_connect_andx, "\\\\X\\LINE", service="A:")

    def outside_its_zone():
        expect_status(nt_errors.STATUS_BAD_NETWORK_NAME, low.tree_connect_andx, "\\\\X\\AWAY", service="COMM")

    def in_the_list():
        _, link = connect(server, USER)
        kinds = {share["shi1_netname"][:-1]: share["shi1_type"] for share in link.listShares()}
        expect_equal(kinds.get("line"), 2, "STYPE_DEVICE")
        expect("away" not in kinds, "a device is listed outside its zone")

    for case in (both_ways, rates, one_at_a_time, nobody_else, outside_its_zone, in_the_list):
        suite.report.case(f"devices/{case.__name__}", case)


def services(suite, server):
    def talked_to(connect):
        def case():
            link = connect()
            tree = link.connectTree("IPC$")
            pipe = link.openFile(tree, "\\scale")
            for text in (b"weigh", b"x" * 3000):
                link.writeFile(tree, pipe, text)
                answer = link.readFile(tree, pipe, bytesToRead=4096)
                expect(answer.endswith(b"\\" + USER.encode() + b"|" + text), f"answered {answer[:60]}")
            link.closeFile(tree, pipe)

        return case

    def for_nobody_else():
        _, link = connect(server, SECOND_USER)
        tree = link.connectTree("IPC$")
        expect_status(nt_errors.STATUS_ACCESS_DENIED, link.openFile, tree, "\\scale")

    suite.report.case("pipes/smb1", talked_to(lambda: connect(server, USER)[1]))
    for dialect in ("3.0", "3.1.1"):
        suite.report.case(f"pipes/{dialect}", talked_to(lambda: impacket_files.connect(server, dialect)))
    suite.report.case("pipes/for_nobody_else", for_nobody_else)


def main():
    suite = Suite(__doc__)
    if suite.arguments.at or suite.arguments.against != "lanward":
        print("skip devices no other server has them\n0 passed, 0 failed, 1 skipped")
        return
    line = Line()
    with tempfile.TemporaryDirectory(prefix="lanward-service-") as folder:
        Scale(f"{folder}/scale")
        extra = f"""
[zone.elsewhere]
peers = ["192.0.2.0/24"]
min-dialect = "NT LM 0.12"
[device.line]
path = "{line.path}"
baud = 4800
users = ["{USER}"]
zones = ["default"]
[device.away]
path = "{line.path}"
users = ["{USER}"]
zones = ["elsewhere"]
[pipe.scale]
socket = "{folder}/scale"
users = ["{USER}"]
zones = ["default"]
announce = true
"""
        with suite.server(Profile(oldest="NT1", extra=extra)) as server:
            devices(suite, server, line)
            services(suite, server)
    suite.leave()


if __name__ == "__main__":
    main()
