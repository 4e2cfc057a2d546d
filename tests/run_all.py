"""Runs every test program of a build, two at a time, then the tests of tools/, and adds up their results.

usage: run_all.py BUILD [--libraries]

--libraries leaves out the tests that run whole programs, and the golden cases.

Prints each program's failures and skipped tests, then a line `N passed, N failed, N skipped`; exits 1 if a test failed.
"""
from __future__ import annotations

import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import unittest

WHOLE_PROGRAMS = ("cli_test", "golden_tests")
GOLDEN = re.compile(r"golden (\w+): (\d+) passed, (\d+) failed, (\d+) skipped")


class Totals:
    def __init__(self) -> None:
        self.passed = self.failed = self.skipped = 0

    def count(self, passed: int, failed: int, skipped: int) -> None:
        self.passed += passed
        self.failed += failed
        self.skipped += skipped

    def add(self, other: Totals) -> None:
        self.count(other.passed, other.failed, other.skipped)

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


class Outcome:
    """Of one program; `errors` is what it printed, if it failed."""

    def __init__(self, name: str) -> None:
        self.name, self.lines, self.errors, self.totals = name, [], "", Totals()


def run_googletest(program: pathlib.Path, outcome: Outcome) -> None:
    """Runs one GoogleTest program; its report counts every test by its outcome."""
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder) / "report.json"
        done = subprocess.run([program, f"--gtest_output=json:{report}", "--gtest_brief=1"], capture_output=True, text=True,
                              errors="replace")
        if not report.exists():
            outcome.totals.count(0, 1, 0)
            outcome.errors = f"{done.stdout}{done.stderr}\n{program.name} ended with status {done.returncode} and left no report"
            return
        tests = [test for suite in json.loads(report.read_text())["testsuites"] for test in suite["testsuite"]]
    failed = [test for test in tests if "failures" in test]
    skipped = [test for test in tests if test["result"] == "SKIPPED"]
    outcome.totals.count(len(tests) - len(failed) - len(skipped), len(failed), len(skipped))
    outcome.lines += [f"  skipped: {test['classname']}.{test['name']}" for test in skipped]
    if failed or done.returncode != 0:
        outcome.errors = f"{done.stdout}{done.stderr}"


def run_golden(program: pathlib.Path, outcome: Outcome) -> None:
    done = subprocess.run([program], capture_output=True, text=True, errors="replace")
    for match in GOLDEN.finditer(done.stdout):
        outcome.lines.append("  " + match.group(0))
        outcome.totals.count(*(int(count) for count in match.groups()[1:]))
    if done.returncode != 0:
        outcome.errors = f"{done.stdout}{done.stderr}"


def run_unittests() -> Outcome:
    """Runs the tests of the Python programs in tools/."""
    outcome = Outcome("tests/tools")
    result = unittest.TestResult()
    unittest.defaultTestLoader.discover(str(pathlib.Path(__file__).parent / "tools"), "*_test.py").run(result)
    reports = result.failures + result.errors
    failed = {getattr(test, "test_case", test).id() for test, _ in reports}  # a subtest counts as the test that contains it
    outcome.totals.count(result.testsRun - len(failed) - len(result.skipped), len(failed), len(result.skipped))
    outcome.errors = "\n".join(report for _, report in reports)
    return outcome


def run_program(program: pathlib.Path) -> Outcome:
    outcome = Outcome(program.name)
    begin = time.monotonic()
    (run_golden if program.name == "golden_tests" else run_googletest)(program, outcome)
    outcome.lines.append(f"  {time.monotonic() - begin:.1f} s")
    return outcome


def main() -> int:
    # Where other work shares the cores, tests whose threads spin at barriers take several times as long.
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    left_out = WHOLE_PROGRAMS if "--libraries" in sys.argv[2:] else ()
    programs = sorted(path for path in pathlib.Path(sys.argv[1], "tests").glob("*_test*")
                      if path.is_file() and path.name not in left_out)
    totals = Totals()
    is_broken = False
    # Two at a time, since most tests use one core.
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        outcomes = [pool.submit(run_program, program) for program in programs]
        for outcome in (*(future.result() for future in outcomes), run_unittests()):
            print("\n".join([outcome.name, *outcome.lines]), flush=True)
            totals.add(outcome.totals)
            if outcome.errors:
                print(outcome.errors, flush=True)
                is_broken = True
    print(totals)
    return 1 if is_broken or totals.failed or not totals.passed else 0


sys.exit(main())
