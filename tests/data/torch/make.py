"""Makes the files of this folder with PyTorch (those here are of 2.11): make.py. tests/io/torch_file_test.cc knows their contents."""

import collections
import pathlib

import torch

FOLDER = pathlib.Path(__file__).parent


def save(name, value, **arguments):
    torch.save(value, FOLDER / name, **arguments)


def count(*shape, dtype=torch.float32):
    """0, 1, 2 ... in this shape."""
    numbers = torch.arange(torch.Size(shape).numel(), dtype=torch.float32)
    return numbers.reshape(shape).to(dtype)


save("types.pth", {"float": count(2, 3), "double": count(3, dtype=torch.float64), "half": count(5, dtype=torch.float16),
                   "bfloat16": count(2, 1, 2, dtype=torch.bfloat16), "scalar": torch.tensor(1.5), "empty": torch.zeros(0, 3)})

storage = count(24)
save("views.pth", {"all": storage, "again": storage, "tail": storage[18:].view(2, 3), "transposed": storage.view(4, 6).t(),
                   "column": storage.view(4, 6)[:, 1:2], "row": storage.view(4, 6).t()[:, 2:3].t(), "scalar": storage[7],
                   "permuted": storage.view(2, 3, 4).permute(2, 0, 1), "every_second": storage[1::2], "none": storage[5:5],
                   "odd_stride": storage.as_strided((1, 2, 1), (1000, 1, 77), 3)})

layer = torch.nn.Linear(2, 3)
with torch.no_grad():
    layer.weight.copy_(count(3, 2))
    layer.bias.copy_(count(3))
save("state_dict.pth", torch.nn.Sequential(collections.OrderedDict(module=layer)).state_dict(prefix="_orig_mod.module."))
save("parameters.pth", {f"_orig_mod.{name}": parameter for name, parameter in layer.named_parameters()})
save("module.pth", layer)

save("mixed.pth", {"step": 3, "big": 1 << 80, "name": "rwkv", "none": None, "rate": 1e-4, "yes": True, "tuple": (1, -2, 1 << 40), "list": [1, [2]],
                   "nested": {"a": {"b": ("c", {})}}, 7: "seven", "long": torch.arange(3), "bool": torch.tensor([True]), "weight": count(2)})
save("nested.pth", {"step": 3, "model": {"weight": count(2)}})
save("expanded.pth", {"weight": torch.ones(1).expand(1000)})
save("list.pth", [count(2)])
save("protocol.pth", {"weight": count(2)}, pickle_protocol=4)
save("old.pth", {"weight": count(2)}, _use_new_zipfile_serialization=False)
