#include "train/mixer.h"

#include "core/error.h"
#include "mixers/table.h"

namespace radlads::train {

MixerOutput mix(const MixerCall& call) {
  const MixerSpec& spec = call.config().mixer_of(call.layer);
  MixerOutput (*forward)(const MixerCall&) = nullptr;
  mixers::for_each([&]<class Each>(Each) {
    if (&Each::spec == &spec) forward = &Each::forward;
  });
  RADLADS_CHECK(forward != nullptr, "{} is not in the table of mixers", spec.name);
  return forward(call);
}

}  // namespace radlads::train
