"""RAD-RWKV6 students of Qwen3 teachers."""

from .configuration_rad_rwkv import RadRwkvConfig


class RWKV6Qwen3Config(RadRwkvConfig):
    model_type = "rwkv6qwen3"
    mixer = "rwkv6"
    qk_norm = True

    def __init__(self, attention_bias=False, gate_rank_type=1, use_tokenshift=True, **kwargs):
        super().__init__(
            attention_bias=attention_bias,
            gate_rank_type=gate_rank_type,
            use_tokenshift=use_tokenshift,
            **kwargs,
        )
