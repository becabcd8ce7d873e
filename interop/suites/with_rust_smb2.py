#!/usr/bin/python3
"""The crate smb2, a client written in Rust, built in a package of its own."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness import crate  # noqa: E402

if __name__ == "__main__":
    crate.run(__doc__, "rust-smb2", "with-smb2", "smb2-crate")
