"""Checks that every file named in the documentation exists.

usage: check_docs.py [ROOT]

A name in backticks that begins with a folder of the repository, or ends like one of our sources, must be a file or folder:
from the root, or below a folder of src/.
"""
import pathlib
import re
import sys

NAME = re.compile(r"`([\w./-]+)`")
OURS = re.compile(r"^(src|tests|tools|python|bench|docs|cmake|assets|examples)/|\.(h|cc|inc)$")


def main() -> int:
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    missing = []
    for page in [*root.glob("*.md"), *root.glob("docs/*.md"), *root.glob("*/README.md")]:
        for name in NAME.findall(page.read_text(encoding="utf-8")):
            exists = (root / name).exists() or (page.parent / name).exists() or any(root.glob(f"src/*/{name}"))
            if OURS.search(name) and not exists:
                missing.append(f"{page.relative_to(root)}: {name} does not exist")
    print("\n".join(missing), end="\n" if missing else "")
    return 1 if missing else 0


sys.exit(main())
