#include "golden/kernels.h"

#include <limits>
#include <optional>

#include <fmt/format.h>
#include <hwy/targets.h>

#include "golden/golden_case.h"
#include "kernels/each_target.h"
#include "kernels/ref/wkv6.h"
#include "kernels/ref/wkv7.h"

namespace radlads {
namespace {

using namespace kernels;  // NOLINT: the recurrences' own names

// Ten times the float32 floor of the reference implementation.
const std::map<std::string, double> kBounds = {{"forward", 5e-6}, {"gradients", 5e-6}};

std::vector<float> to_floats(const std::vector<double>& values) { return {values.begin(), values.end()}; }

/// The tensors of a case, and the outputs to fill, by name.
class Case {
 public:
  explicit Case(const std::filesystem::path& file)
      : file_(file), check_(file.parent_path(), kBounds), shape_(file_.tensors().at("v").shape) {
    if (shape_.size() != 4) radlads::fail("[golden] v: expected [B,T,H,N] in {}", file.string());
  }

  int64_t B() const { return shape_[0]; }
  int64_t T() const { return shape_[1]; }
  int64_t H() const { return shape_[2]; }
  int64_t N() const { return shape_[3]; }

  HeadsIn heads(const char* name) const {
    return HeadsIn::contiguous(floats_of(file_, name).data(), T(), H(), N());
  }

  /// Null if the case has no such tensor.
  const float* state(const char* name) const {
    return has(file_, name) ? floats_of(file_, name).data() : nullptr;
  }

  /// Memory for an output, filled with NaN.
  float* output(const char* name) {
    auto& values = outputs_[name];
    values.assign(floats_of(file_, name).size(), std::numeric_limits<float>::quiet_NaN());
    return values.data();
  }
  float* output_if_wanted(const char* name) { return has(file_, name) ? output(name) : nullptr; }
  HeadsOut heads_output(const char* name) { return HeadsOut::contiguous(output(name), T(), H(), N()); }

  /// `who` computed them: compares all outputs so far, and forgets them.
  void check_outputs(const std::string& who) {
    for (const auto& [name, values] : outputs_) check(who, name, values);
    outputs_.clear();
  }

  void check(const std::string& who, const std::string& name, std::span<const float> got) {
    if (!has(file_, name)) return;
    const bool forward = name == "o" || name == "sT";
    check_.check(fmt::format("{} {} {}", file_.path().filename().string(), who, name), got,
                 floats_of(file_, name), forward ? "forward" : "gradients");
  }

  std::vector<std::string> failures() const { return check_.failures(); }

 private:
  Safetensors file_;
  GoldenCase check_;
  Shape shape_;
  std::map<std::string, std::vector<float>> outputs_;
};

Wkv6Inputs wkv6_inputs(const Case& c) {
  return {.B = c.B(),
          .T = c.T(),
          .H = c.H(),
          .N = c.N(),
          .q = c.heads("q"),
          .k = c.heads("k"),
          .v = c.heads("v"),
          .lw = c.heads("logw"),
          .s0 = c.state("s0")};
}

Wkv7Inputs wkv7_inputs(const Case& c) {
  return {.B = c.B(),
          .T = c.T(),
          .H = c.H(),
          .N = c.N(),
          .r = c.heads("r"),
          .lw = c.heads("logw"),
          .k = c.heads("k"),
          .v = c.heads("v"),
          .kk = c.heads("kk"),
          .a = c.heads("a"),
          .s0 = c.state("s0")};
}

void check_wkv6_reference(Case& c) {
  const Wkv6Inputs inputs = wkv6_inputs(c);
  const auto result = ref::wkv6_forward(inputs);
  const auto gradients = ref::wkv6_backward(inputs, c.heads("do"), c.state("dsT"));
  c.check("reference", "o", to_floats(result.o));
  c.check("reference", "sT", to_floats(result.sT));
  c.check("reference", "dq", to_floats(gradients.dq));
  c.check("reference", "dk", to_floats(gradients.dk));
  c.check("reference", "dv", to_floats(gradients.dv));
  c.check("reference", "dlogw", to_floats(gradients.dlw));
  c.check("reference", "ds0", to_floats(gradients.ds0));
}

void check_wkv7_reference(Case& c) {
  const Wkv7Inputs inputs = wkv7_inputs(c);
  const auto result = ref::wkv7_forward(inputs);
  const auto gradients = ref::wkv7_backward(inputs, c.heads("do"), c.state("dsT"));
  c.check("reference", "o", to_floats(result.o));
  c.check("reference", "sT", to_floats(result.sT));
  c.check("reference", "dr", to_floats(gradients.dr));
  c.check("reference", "dlogw", to_floats(gradients.dlw));
  c.check("reference", "dk", to_floats(gradients.dk));
  c.check("reference", "dv", to_floats(gradients.dv));
  c.check("reference", "dkk", to_floats(gradients.dkk));
  c.check("reference", "da", to_floats(gradients.da));
  c.check("reference", "ds0", to_floats(gradients.ds0));
}

void run_wkv6(Case& c) {
  Context context{.num_threads = 2};
  const Wkv6Inputs inputs = wkv6_inputs(c);
  std::vector<float> checkpoints(wkv6_checkpoint_floats(inputs));
  wkv6_forward(context, inputs, {c.heads_output("o"), c.output("sT"), checkpoints.data()});
  wkv6_backward(context, inputs, checkpoints.data(),
                {.d_o = c.heads("do"),
                 .d_sT = c.state("dsT"),
                 .dq = c.heads_output("dq"),
                 .dk = c.heads_output("dk"),
                 .dv = c.heads_output("dv"),
                 .dlw = c.heads_output("dlogw"),
                 .ds0 = c.output_if_wanted("ds0")});
}

void run_wkv7(Case& c) {
  Context context{.num_threads = 2};
  const Wkv7Inputs inputs = wkv7_inputs(c);
  std::vector<float> checkpoints(wkv7_checkpoint_floats(inputs));
  wkv7_forward(context, inputs, {c.heads_output("o"), c.output("sT"), checkpoints.data()});
  wkv7_backward(context, inputs, checkpoints.data(),
                {.d_o = c.heads("do"),
                 .d_sT = c.state("dsT"),
                 .dr = c.heads_output("dr"),
                 .dlw = c.heads_output("dlogw"),
                 .dk = c.heads_output("dk"),
                 .dv = c.heads_output("dv"),
                 .dkk = c.heads_output("dkk"),
                 .da = c.heads_output("da"),
                 .ds0 = c.output_if_wanted("ds0")});
}

}  // namespace

GoldenResult check_kernel_case(const std::filesystem::path& file) {
  const std::string kernel = file.parent_path().filename().string();
  if (kernel != "wkv6" && kernel != "wkv7") return {.skipped = 1, .messages = {kernel + ": no such kernel"}};
  Case c(file);
  kernel == "wkv6" ? check_wkv6_reference(c) : check_wkv7_reference(c);
  for_each_target([&] {
    kernel == "wkv6" ? run_wkv6(c) : run_wkv7(c);
    c.check_outputs(hwy::TargetName(hwy::SupportedAndGeneratedTargets().front()));
  });
  return case_result(c.failures());
}

}  // namespace radlads
