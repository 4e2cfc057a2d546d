#include "conversion/transfer.h"

#include "io/file.h"
#include "model/export.h"
#include "model/init.h"

namespace radlads {

void transfer_weights(const RunRequest& request, const PreparedRun& run) {
  if (std::filesystem::exists(run.folder.model())) return;
  const ModelConfig config = parse_config(read_text_file(run.folder.config()), run.folder.config().string());
  const ModelFolder teacher = open_model(request.teacher);
  const InitOptions init = {run.recipe.seed, run.recipe.gate_init == "uniform", run.recipe.reinit_att};
  const std::filesystem::path partial = run.folder.path / "model.partial";
  remove_folder(partial);
  make_folder(partial);
  const auto values = [&](const TensorSpec& spec, std::span<float> out) {
    initial_value(config, spec, teacher, init, out);
  };
  const bool as_teacher = run.recipe.export_dtype == "teacher";
  export_model(partial, config, values, as_teacher ? stored_dtypes(teacher, config.dtype) : nullptr);
  rename_folder(partial, run.folder.model());
}

}  // namespace radlads
