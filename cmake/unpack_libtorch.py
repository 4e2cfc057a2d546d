"""Unpacks what a C++ program needs from PyPI's torch wheel and its CUDA wheels.

usage: unpack_libtorch.py TARGET WHEEL...

TARGET gets include/ and lib/. All libraries lie in one folder, so that one run path finds them.
"""
import pathlib
import shutil
import sys
import zipfile

LIBRARIES = {
    "torch/lib/libtorch_cpu.so",
    "torch/lib/libc10.so",
    "torch/lib/libgomp.so.1",
    "nvidia/cu13/lib/libcudart.so.13",
    "nvidia/cu13/lib/libcupti.so.13",
}


def destination(member: str) -> str | None:
    """Where a wheel's member goes below TARGET, or None if it is not needed."""
    if member in LIBRARIES:
        return "lib/" + pathlib.PurePosixPath(member).name
    if member.startswith("torch/include/") and not member.endswith("/"):
        return member.removeprefix("torch/")
    return None


def main() -> None:
    target, wheels = pathlib.Path(sys.argv[1]), sys.argv[2:]
    found = set()
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            for member in archive.namelist():
                where = destination(member)
                if where is None:
                    continue
                path = target / where
                path.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(member) as source, open(path, "wb") as sink:
                    shutil.copyfileobj(source, sink, 1 << 20)
                found.add(member)
    missing = LIBRARIES - found
    if missing:
        sys.exit(f"unpack_libtorch: not in the wheels: {', '.join(sorted(missing))}")


main()
