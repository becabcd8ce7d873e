"""The table of octets that have broken others, which the crate that reads them is tested with, too."""

import csv
import dataclasses
import re
import struct

from harness.servers import ROOT

SOURCES = ROOT / "proto" / "ppp" / "src"


def octets(text):
    """Hexadecimal digits, and `[hh*n]` for an octet n times."""
    text = re.sub(r"\[(..)\*(\d+)\]", lambda fill: fill[1] * int(fill[2]), text)
    return bytes.fromhex(text.replace(" ", ""))


def _rows(path):
    lines = (line for line in path.read_text().splitlines() if not line.startswith("#"))
    return list(csv.reader(lines))


MESSAGES = [None, *(octets(row[1]) for row in _rows(SOURCES / "control" / "messages.csv"))]


def message(text):
    """`Tn`, with `@offset=octets` over it and `<n` cut to so many; or octets."""
    if not text.startswith("T"):
        return octets(text)
    text, _, length = text.partition("<")
    number, *patches = text[1:].split("@")
    whole = bytearray(MESSAGES[int(number)])
    for patch in patches:
        at, _, data = patch.partition("=")
        data = octets(data)
        whole[int(at) : int(at) + len(data)] = data
    return bytes(whole[: int(length)] if length else whole)


@dataclasses.dataclass
class Row:
    row: str
    where: str
    what: str
    says: list
    then: str

    def stream(self):
        return b"".join(message(item) for item in self.what.split())

    def packets(self, numbers):
        """Each packet or frame, with what the numbers of that moment are."""
        for item in self.what.split("|"):
            times = re.match(r"(\d+)x", item)
            text = re.sub(r"{(\w+)([+-]\d+)?}", lambda name: number(numbers(), name), item[times.end() if times else 0 :])
            for _ in range(int(times[1]) if times else 1):
                yield octets(text)


def number(numbers, name):
    form, value = numbers[name[1]]
    size = struct.calcsize(form)
    return ((value + int(name[2] or 0)) % (1 << 8 * size)).to_bytes(size, "big").hex()


def rows():
    return [Row(row, where, what, says.split(), then) for row, where, what, says, then in _rows(SOURCES / "tunnel" / "tests" / "catalogue.csv")]
