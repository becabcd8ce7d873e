#!/usr/bin/python3
"""Random operations of a Linux kernel on one file, with all the caching it is granted, checked against a copy."""

import pathlib
import sys
import time

INTEROP = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(INTEROP), str(INTEROP / "kernel")]

import machine  # noqa: E402
import network  # noqa: E402
from harness.target import Suite  # noqa: E402

FORMS = [("2.1", "plain"), ("3.1.1", "plain"), ("3.1.1", "seal")]


def options(parser):
    parser.add_argument("--form", action="append", help="one such as 3.1.1-seal")
    parser.add_argument("--count", type=int, default=1500, help="operations of each form")
    parser.add_argument("--seconds", type=int, default=200, help="until when all must have happened")
    parser.add_argument("--seed", type=int, default=0, help="the operations to repeat; others in each run when 0")


def main():
    suite = Suite(__doc__, options)
    why = machine.missing()
    if why:
        suite.report.skip("exercise", why)
        suite.leave()
    arguments = suite.arguments
    with suite.server() as server, network.Namespace() as namespace:
        plan = dict(
            host=namespace.host(0),
            port=namespace.forward(server.host, server.port),
            user=server.user,
            password=server.password,
            share=server.share,
            forms=[form.rsplit("-", 1) for form in arguments.form or []] or FORMS,
            count=arguments.count,
            seed=arguments.seed or time.time_ns() % 10**9,
        )
        guest = machine.Machine(namespace, suite.work / "job").start("exercise.py", plan, ["form.py"])
        verdicts = 0
        try:
            for line in guest.lines(arguments.seconds):
                verdict, _, rest = line.partition(" ")
                name, _, detail = rest.partition(" ")
                verdicts += verdict in ("ok", "FAIL")
                if verdict == "ok":
                    suite.report.ok(f"exercise/{name}", detail)
                elif verdict == "FAIL":
                    suite.report.fail(f"exercise/{name}", detail)
        finally:
            guest.stop()
        if guest.trouble() or verdicts != 2 * len(plan["forms"]):
            suite.report.fail("exercise/guest", guest.trouble() or f"seed {plan['seed']}: it came not to its end")
    suite.leave()


if __name__ == "__main__":
    main()
