"""Unpacks what a C++ program needs from PyPI's wheels.

usage: unpack_wheels.py libtorch|arrow TARGET WHEEL...

TARGET gets include/ and lib/. All libraries are in one folder, so that one run path finds them.
"""
import pathlib
import shutil
import sys
import zipfile

LIBRARIES = {
    "libtorch": {
        "torch/lib/libtorch_cpu.so",
        "torch/lib/libc10.so",
        "torch/lib/libgomp.so.1",
        "nvidia/cu13/lib/libcudart.so.13",
        "nvidia/cu13/lib/libcupti.so.13",
    },
    "arrow": {"pyarrow/libarrow.so.2200", "pyarrow/libparquet.so.2200"},
}
HEADERS = {"libtorch": "torch/include/", "arrow": "pyarrow/include/"}


def destination(package: str, member: str) -> str | None:
    """Where a wheel's member goes below TARGET, or None if it is not needed."""
    if member in LIBRARIES[package]:
        return "lib/" + pathlib.PurePosixPath(member).name
    if member.startswith(HEADERS[package]) and not member.endswith("/"):
        return "include/" + member.removeprefix(HEADERS[package])
    return None


def main() -> None:
    package, target, wheels = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]
    found = set()
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            for member in archive.namelist():
                where = destination(package, member)
                if where is None:
                    continue
                path = target / where
                path.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(member) as source, open(path, "wb") as sink:
                    shutil.copyfileobj(source, sink, 1 << 20)
                found.add(member)
    missing = LIBRARIES[package] - found
    if missing:
        sys.exit(f"unpack_wheels: not in the wheels: {', '.join(sorted(missing))}")


main()
