#!/usr/bin/python3
"""The crate smb, a client written in Rust that compresses, built in a package of its own."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness import crate  # noqa: E402


def unjudged(suite, name):
    if suite.arguments.against == "samba" and "compressed" in name:
        return "the reference does not compress"
    return None


if __name__ == "__main__":
    crate.run(__doc__, "rust-smb", "with-smb", "smb-crate", unjudged)
