"""RAD-RWKV7 students of Qwen3 teachers, as config.json names them (see modeling_rad_rwkv.py).

transformers copies only those files of a local folder that this one imports itself, hence the complete list.
"""

from .cache_rad_rwkv import RadRwkvCache
from .configuration_rad_rwkv import RadRwkvConfig
from .configuration_rwkv7qwen3 import RWKV7Qwen3Config
from .generation_rad_rwkv import RadRwkvGeneration
from .inputs_rad_rwkv import check_arguments
from .mixers_rad_rwkv import Rad7Mixer, SoftmaxMixer
from .modeling_rad_rwkv import RadRwkvForCausalLM, RadRwkvModel
from .recurrence_rad_rwkv import wkv7

__all__ = [
    "RWKV7Qwen3Config",
    "RWKV7Qwen3ForCausalLM",
    "RWKV7Qwen3Model",
    "Rad7Mixer",
    "RadRwkvCache",
    "RadRwkvConfig",
    "RadRwkvGeneration",
    "SoftmaxMixer",
    "check_arguments",
    "wkv7",
]


class RWKV7Qwen3Model(RadRwkvModel):
    config_class = RWKV7Qwen3Config


class RWKV7Qwen3ForCausalLM(RadRwkvForCausalLM):
    config_class = RWKV7Qwen3Config
    _auto_class = "AutoModelForCausalLM"  # save_pretrained() writes these files too
