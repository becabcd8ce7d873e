"""Printers that a suite has: one that takes bytes on a port, and one that speaks IPP. Each keeps what it was sent."""

import http.server
import socketserver
import struct
import threading

PRINT_JOB, CANCEL_JOB, GET_JOB_ATTRIBUTES = 2, 8, 9
CANCELED, COMPLETED = 7, 9


class SocketPrinter(socketserver.ThreadingTCPServer):
    """AppSocket: a job is what comes until the client has done."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port=0):
        self.jobs = []
        printer = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                data = bytearray()
                while piece := self.request.recv(65536):
                    data += piece
                printer.jobs.append(bytes(data))

        super().__init__(("127.0.0.1", port), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def uri(self):
        return f"socket://127.0.0.1:{self.server_address[1]}"


class IppPrinter(http.server.ThreadingHTTPServer):
    """Print-Job, Get-Job-Attributes and Cancel-Job (RFC 8011); jobs are in `state` until somebody says otherwise."""

    daemon_threads = True

    def __init__(self):
        self.jobs, self.attributes, self.cancelled, self.state = [], [], [], COMPLETED
        printer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                answer = printer.answer(body)
                self.send_response(200)
                self.send_header("Content-Type", "application/ipp")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def uri(self):
        return f"ipp://127.0.0.1:{self.server_address[1]}/ipp/print"

    def answer(self, body):
        operation, request = struct.unpack(">HI", body[2:8])
        attributes, document = parse(body[8:])
        if operation == PRINT_JOB:
            self.jobs.append(document)
            self.attributes.append(attributes)
        if operation == CANCEL_JOB:
            self.cancelled.append(attributes["job-id"])
        groups = b"\x01" + attribute(0x47, "attributes-charset", b"utf-8")
        groups += attribute(0x48, "attributes-natural-language", b"en")
        groups += b"\x02" + attribute(0x21, "job-id", struct.pack(">i", max(1, len(self.jobs))))
        groups += attribute(0x23, "job-state", struct.pack(">i", self.state))
        return struct.pack(">BBHI", 1, 1, 0, request) + groups + b"\x03"


def attribute(tag, name, value):
    return struct.pack(">BH", tag, len(name)) + name.encode() + struct.pack(">H", len(value)) + value


def parse(data):
    """Attributes by name, and what stands behind them."""
    found, at = {}, 0
    while data[at] != 0x03:
        if data[at] < 0x10:
            at += 1
            continue
        (length,) = struct.unpack_from(">H", data, at + 1)
        name = data[at + 3 : at + 3 + length].decode()
        at += 3 + length
        (length,) = struct.unpack_from(">H", data, at)
        value = data[at + 2 : at + 2 + length]
        found[name] = struct.unpack(">i", value)[0] if length == 4 and name == "job-id" else value.decode(errors="replace")
        at += 2 + length
    return found, data[at + 1 :]
