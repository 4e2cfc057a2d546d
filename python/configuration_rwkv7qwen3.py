"""RAD-RWKV7 students of Qwen3 teachers."""

from .configuration_rad_rwkv import RadRwkvConfig


class RWKV7Qwen3Config(RadRwkvConfig):
    model_type = "rwkv7qwen3"
    mixer = "rwkv7"
    qk_norm = True

    def __init__(self, attention_bias=False, gate_rank_type=2, **kwargs):
        super().__init__(attention_bias=attention_bias, gate_rank_type=gate_rank_type, **kwargs)
