"""Writes what the normalizers of the tokenizers library (0.23.3) make of texts: tests/data/normal_forms.jsonl.

usage: normal_forms.py tests/data/normal_forms.jsonl

The first line holds, for each normalizer, the SHA-256 of its results on every character by itself and between marks, in
order; every other line a text and the results that differ from it.
"""
import hashlib
import json
import random
import sys

from tokenizers import normalizers

NAMES = ("NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents")
STEPS = {name: getattr(normalizers, name)() for name in NAMES}

# Hangul letters and syllables (U+11A7 is no final), characters that compose, marks of many classes, marks and composites
# that are newer than the library's tables, compatibility characters.
PARTS = ("a e q Q c \u00e9 \u1e0d \u212b \u4e2d \u304b \u3099 \uac00 \uac01 \u1100 \u1161 \u1175 \u1176 \u11a7 \u11a8 "
         "\u11c2 \u11c3 \u0301 \u0307 \u0316 \u0323 \u0327 \u0345 \u0334 \u05b0 \u05b4 \u064b \u0651 \u0f71 \u0f72 \u0f73 "
         "\u0f40 \u09c7 \u09be \u09d7 \u1b05 \u1b35 \u0dd9 \u0dcf \u0dca \u1025 \u102e \u0338 \u2260 = < \u1715 \u0898 "
         "\u1ac0 \u1df6 \U00011938 \U00011935 \U00011930 \U00011099 \U000110ba \U0001e130 \U0001d15e \ufb01 \u2460 \u32ff "
         "\U0001fbf0 \U00010781 \u0344 \u0958 \ufb2c").split()


def every_character():
    for c in range(1, 0x110000):
        if not 0xD800 <= c < 0xE000:
            yield f"{chr(c)}e{chr(c)}\u0345{chr(c)}\u0301\uac00{chr(c)}\u0316\u0301\n"


def main():
    digests = {}
    for name, step in STEPS.items():
        sha = hashlib.sha256()
        for text in every_character():
            sha.update(step.normalize_str(text).encode())
        digests[name] = sha.hexdigest()
    draw = random.Random(1)
    with open(sys.argv[1], "w") as out:
        print(json.dumps(digests), file=out)
        for _ in range(250):
            text = "".join(draw.choice(PARTS) for _ in range(draw.randint(1, 12)))
            results = {name: step.normalize_str(text) for name, step in STEPS.items()}
            changed = {name: result for name, result in results.items() if result != text}
            print(json.dumps({"text": text, **changed}), file=out)


main()
