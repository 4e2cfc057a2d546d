"""RAD-RWKV7 students of Qwen2 and Llama teachers."""

from .configuration_rad_rwkv import RadRwkvConfig


class RWKV7Qwen2Config(RadRwkvConfig):
    model_type = "rwkv7qwen2"
    mixer = "rwkv7"
    qk_norm = False

    def __init__(self, gate_rank_type=2, **kwargs):
        super().__init__(gate_rank_type=gate_rank_type, **kwargs)
