// One text as both files: those of a model that say what it is and how to continue a text with it.
#include "fuzz/refusable.h"
#include "infer/generation_config.h"
#include "infer/stop_ids.h"
#include "model/config.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace radlads;
  read_or_refuse("config.json", {data, size}, [](const std::filesystem::path& path) {
    const ModelConfig config = read_config(path.parent_path());
    if (!config.is_teacher()) student_source(config);
    if (config.L > 64) return;  // slow
    num_parameters(config);
    state_bytes(config);
    recomputed_activation_bytes(config, int64_t{1} << 24);
  });
  return read_or_refuse("generation_config.json", {data, size}, [](const std::filesystem::path& path) {
    infer::read_generation_config(path.parent_path());
    infer::stop_ids(path.parent_path(), {});
  });
}
