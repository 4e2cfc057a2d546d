#include "bench/wkv_torch.h"

namespace radlads::bench {

std::string torch_version() { return {}; }

std::unique_ptr<Contestant> torch_contestant(const Problem&, int64_t, int) { return nullptr; }

}  // namespace radlads::bench
