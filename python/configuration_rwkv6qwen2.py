"""RAD-RWKV6 students of Qwen2 and Llama teachers."""

from .configuration_rad_rwkv import RadRwkvConfig


class RWKV6Qwen2Config(RadRwkvConfig):
    model_type = "rwkv6qwen2"
    mixer = "rwkv6"
    qk_norm = False

    def __init__(self, gate_rank_type=1, use_tokenshift=True, **kwargs):
        super().__init__(gate_rank_type=gate_rank_type, use_tokenshift=use_tokenshift, **kwargs)
