// A text as a task would have it and as a recipe, which must be the same after it was written and read again.
#include "fuzz/refusable.h"
#include "io/yaml_json.h"
#include "recipe/yaml.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace radlads;
  return read_or_refuse("a.yaml", {data, size}, [&](const std::filesystem::path& path) {
    parse_yaml({reinterpret_cast<const char*>(data), size}, "fuzz", path,
               {.repeated_keys = true, .foreign_tags = true});
    Recipe recipe, copy;
    recipe.mixer = "rwkv7";  // a run always has one, which to_yaml relies on
    std::vector<Option> options = recipe_options(recipe, Command::kConvert);
    read_recipe_file(path, options);
    const std::string text = to_yaml(options);
    write_text_file(path, text);
    std::vector<Option> again = recipe_options(copy, Command::kConvert);
    [&]() noexcept { read_recipe_file(path, again); }();
    RADLADS_CHECK(to_yaml(again) == text, "a recipe of other values");
  });
}
