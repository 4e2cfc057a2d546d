"""Tests of tools/check_layers.py, as a program on small source trees."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

PROGRAM = pathlib.Path(__file__).parents[2] / "tools" / "check_layers.py"


def findings(files: dict[str, str]) -> list[str]:
    with tempfile.TemporaryDirectory() as root:
        for name, text in files.items():
            path = pathlib.Path(root, "src", name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        done = subprocess.run([sys.executable, PROGRAM, root], capture_output=True, text=True)
        lines = done.stdout.splitlines()
        assert done.returncode == (1 if lines else 0), done.stderr
        return lines


class CheckLayersTest(unittest.TestCase):
    def test_includes_from_below_are_fine(self):
        self.assertEqual(findings({"io/file.cc": '#include "core/error.h"\n#include <vector>\n'}), [])

    def test_includes_from_above_are_named(self):
        (line,) = findings({"core/error.cc": '#include "io/file.h"\n'})
        self.assertIn("src/core/error.cc: includes io/file.h", line)

    def test_libtorch_belongs_to_training(self):
        torch = "#include <torch/torch.h>\n"
        self.assertEqual(findings({"train/ops.cc": torch, "mixers/rad7/train.cc": torch}), [])
        self.assertEqual(len(findings({"infer/runner.cc": torch, "mixers/rad7/infer.cc": torch})), 2)

    def test_folders_have_a_place(self):
        (line,) = findings({"other/file.cc": ""})
        self.assertIn("src/other", line)

    def test_architectures_are_named_in_mixers_alone(self):
        for code in ('if (name == "rwkv7") {}', "rad6_decay(x);", 'x = "RWKV6Qwen2";', "Goose g;", 'mixer != "softmax"',
                     "mixers::Softmax::spec"):
            self.assertEqual(findings({"mixers/table.cc": code, "kernels/cpu/norm.cc": code, "model/config_read.cc": code}), [])
            self.assertEqual(len(findings({"infer/runner.cc": code})), 1, code)

    def test_other_uses_of_the_words_are_fine(self):
        code = '// as in RWKV7\nconfig.softmax_layers(); "see https://example.org/rad"; radius67();\n'
        self.assertEqual(findings({"infer/runner.cc": code}), [])


if __name__ == "__main__":
    unittest.main()
