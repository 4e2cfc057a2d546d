"""RAD-RWKV6 students of Qwen2 and Llama teachers, as config.json names them (see modeling_rad_rwkv.py).

transformers copies only those files of a local folder that this one imports itself, hence the complete list.
"""

from .cache_rad_rwkv import RadRwkvCache
from .configuration_rad_rwkv import RadRwkvConfig
from .configuration_rwkv6qwen2 import RWKV6Qwen2Config
from .generation_rad_rwkv import RadRwkvGeneration
from .inputs_rad_rwkv import check_arguments
from .mixers_rad_rwkv import Rad6Mixer, SoftmaxMixer
from .modeling_rad_rwkv import RadRwkvForCausalLM, RadRwkvModel
from .recurrence_rad_rwkv import wkv6

__all__ = [
    "RWKV6Qwen2Config",
    "RWKV6Qwen2ForCausalLM",
    "RWKV6Qwen2Model",
    "Rad6Mixer",
    "RadRwkvCache",
    "RadRwkvConfig",
    "RadRwkvGeneration",
    "SoftmaxMixer",
    "check_arguments",
    "wkv6",
]


class RWKV6Qwen2Model(RadRwkvModel):
    config_class = RWKV6Qwen2Config


class RWKV6Qwen2ForCausalLM(RadRwkvForCausalLM):
    config_class = RWKV6Qwen2Config
    _auto_class = "AutoModelForCausalLM"  # save_pretrained() writes these files too
