"""Runs every test program of a build, one after another, then the tests of tools/, and adds up their results.

usage: run_all.py BUILD

Prints each program's failures and skipped tests, then a line `N passed, N failed, N skipped`; exits 1 if a test failed.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import unittest

GOLDEN = re.compile(r"golden (\w+): (\d+) passed, (\d+) failed, (\d+) skipped")


class Totals:
    def __init__(self) -> None:
        self.passed = self.failed = self.skipped = 0

    def add(self, passed: int, failed: int, skipped: int) -> None:
        self.passed += passed
        self.failed += failed
        self.skipped += skipped

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def run_googletest(program: pathlib.Path, totals: Totals) -> str:
    """Runs one GoogleTest program; its report counts every test by its outcome. Returns what it printed, if it failed."""
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder) / "report.json"
        done = subprocess.run([program, f"--gtest_output=json:{report}", "--gtest_brief=1"], capture_output=True, text=True,
                              errors="replace")
        if not report.exists():
            totals.add(0, 1, 0)
            return f"{done.stdout}{done.stderr}\n{program.name} ended with status {done.returncode} and left no report"
        tests = [test for suite in json.loads(report.read_text())["testsuites"] for test in suite["testsuite"]]
    failed = [test for test in tests if "failures" in test]
    skipped = [test for test in tests if test["result"] == "SKIPPED"]
    totals.add(len(tests) - len(failed) - len(skipped), len(failed), len(skipped))
    for test in skipped:
        print(f"  skipped: {test['classname']}.{test['name']}")
    return f"{done.stdout}{done.stderr}" if failed or done.returncode != 0 else ""


def run_golden(program: pathlib.Path, totals: Totals) -> str:
    done = subprocess.run([program], capture_output=True, text=True, errors="replace")
    for match in GOLDEN.finditer(done.stdout):
        print("  " + match.group(0))
        totals.add(*(int(count) for count in match.groups()[1:]))
    return f"{done.stdout}{done.stderr}" if done.returncode != 0 else ""


def run_unittests(totals: Totals) -> str:
    """Runs the tests of the Python programs in tools/. Returns what those that failed said."""
    result = unittest.TestResult()
    unittest.defaultTestLoader.discover(str(pathlib.Path(__file__).parent / "tools"), "*_test.py").run(result)
    reports = result.failures + result.errors
    failed = {getattr(test, "test_case", test).id() for test, _ in reports}  # a subtest counts as the test that contains it
    totals.add(result.testsRun - len(failed) - len(result.skipped), len(failed), len(result.skipped))
    return "\n".join(report for _, report in reports)


def main() -> int:
    # Where other work shares the cores, tests whose threads spin at barriers take several times as long.
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    programs = sorted(pathlib.Path(sys.argv[1], "tests").glob("*_test*"))
    totals, broken = Totals(), False
    for program in programs:
        if not program.is_file():
            continue
        print(program.name, flush=True)
        begin = time.monotonic()
        errors = run_golden(program, totals) if program.name == "golden_tests" else run_googletest(program, totals)
        if errors:
            print(errors)
            broken = True
        print(f"  {time.monotonic() - begin:.1f} s")
    print("tests/tools", flush=True)
    errors = run_unittests(totals)
    if errors:
        print(errors)
        broken = True
    print(totals)
    return 1 if broken or totals.failed or not totals.passed else 0


sys.exit(main())
