"""What a student keeps between calls: a state of constant size, or keys and values in softmax layers."""

import dataclasses

import torch
from transformers.cache_utils import Cache
from transformers.modeling_outputs import BaseModelOutputWithPast

# What this version of transformers calls the cache, in the arguments and results of a model and of generate().
OUTPUT_FIELDS = {field.name for field in dataclasses.fields(BaseModelOutputWithPast)}
CACHE_NAME = "cache" if "cache" in OUTPUT_FIELDS else "past_key_values"


class RadRwkvCache(Cache):
    """By layer index:

    states  [B,H,N,N] float32: recurrent layers. RAD-RWKV6: [key, value]; RAD-RWKV7: [value, key]
    shifts  [B,C]: RAD-RWKV6, the mixer's last input (token shift)
    keys, values  [B,S,Hkv,N]: softmax layers, of the S tokens so far, keys after RoPE

    and num_tokens, how many tokens (padding included) it has seen. A state cannot be rolled back to fewer tokens:
    keep a `copy.deepcopy` of the cache where you want to return to.
    """

    is_compileable = False
    is_croppable = False
    is_linear = [False]  # generate() may ask for get_seq_length() and leave out the tokens already read

    def __init__(self):
        self.layers = []  # transformers' own layers; there are none
        self.states, self.shifts, self.keys, self.values = {}, {}, {}, {}
        self.num_tokens = 0

    def extend(self, layer, k, v):
        """Appends k, v [B,T,Hkv,N] of a softmax layer and returns all of them, [B,S,Hkv,N]."""
        if layer in self.keys:
            k, v = torch.cat([self.keys[layer], k], dim=1), torch.cat([self.values[layer], v], dim=1)
        self.keys[layer], self.values[layer] = k, v
        return k, v

    def get_seq_length(self, layer_idx=0):
        return self.num_tokens

    def get_max_cache_shape(self, layer_idx=0):
        return None

    def get_max_length(self, layer_idx=None):
        return -1  # no limit

    @property
    def batch_size(self):
        for tensors in (self.states, self.keys):
            for tensor in tensors.values():
                return tensor.shape[0]
        return -1

    def _map(self, function):
        for tensors in (self.states, self.shifts, self.keys, self.values):
            for layer, tensor in tensors.items():
                tensors[layer] = function(tensor)

    def reorder_cache(self, beam_idx):
        self._map(lambda tensor: tensor.index_select(0, beam_idx.to(tensor.device)))

    batch_select_indices = reorder_cache

    def batch_repeat_interleave(self, repeats):
        self._map(lambda tensor: tensor.repeat_interleave(repeats, dim=0))

    def reset(self):
        self.__init__()

    def crop(self, *_):
        raise NotImplementedError(
            "a recurrent state cannot be rolled back to fewer tokens: "
            "keep a copy.deepcopy(past_key_values) of the point to return to"
        )

    def update(self, *_, **__):
        raise NotImplementedError("RadRwkvCache is filled by the model itself; softmax layers use extend()")

    def __len__(self):
        return len(self.states) + len(self.keys)

    def __repr__(self):
        recurrent, softmax = sorted(self.states), sorted(self.keys)
        return f"RadRwkvCache(num_tokens={self.num_tokens}, {recurrent=}, {softmax=})"
