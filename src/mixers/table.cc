#include "mixers/table.h"

#include <algorithm>

namespace radlads {

std::span<const MixerSpec* const> all_mixers() {
  static const std::vector<const MixerSpec*> kAll = [] {
    std::vector<const MixerSpec*> specs;
    mixers::for_each([&]<class Mixer>(Mixer) { specs.push_back(&Mixer::spec); });
    return specs;
  }();
  return kAll;
}

std::vector<const MixerOption*> all_mixer_options() {
  std::vector<const MixerOption*> all;
  for (const MixerSpec* mixer : all_mixers()) {
    auto next = all.begin();  // where an option that is new belongs
    for (const MixerOption& option : mixer->options) {
      const auto known = std::ranges::find(all, option.key, &MixerOption::key);
      next = (known == all.end() ? all.insert(next, &option) : known) + 1;
    }
  }
  return all;
}

std::vector<std::string> replacement_names() {
  std::vector<std::string> names;
  for (const MixerSpec* mixer : all_mixers()) {
    if (mixer->replaces_attention) names.emplace_back(mixer->name);
  }
  return names;
}

const MixerSpec* find_mixer(std::string_view name) {
  const auto all = all_mixers();
  const auto it = std::ranges::find(all, name, &MixerSpec::name);
  return it == all.end() ? nullptr : *it;
}

MixerOptions fresh_options(const MixerSpec& mixer, int64_t C) {
  MixerOptions options;
  for (const MixerOption& option : mixer.options) options.set(option.key, option.fresh);
  mixer.complete(options, C);
  return options;
}

}  // namespace radlads
