#include "recipe/run_folder.h"

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "io/file.h"
#include "io/yaml_scalar.h"
#include "io/yaml_writer.h"

namespace radlads {

RunFolder RunFolder::of(const std::filesystem::path& student) {
  std::filesystem::path clean = student.lexically_normal();
  if (!clean.has_filename()) clean = clean.parent_path();  // "student/"
  clean += ".run";
  return {clean};
}

bool RunFolder::is_finished(const std::filesystem::path& student) const {
  return std::filesystem::exists(student) && std::filesystem::exists(report()) &&
         !std::filesystem::exists(model());
}

Job read_job(const RunFolder& run) {
  const std::filesystem::path file = run.job();
  const YamlPlace place = {"read_job", file};
  try {
    const YamlNode root = read_yaml(read_text_file(file), place);
    const auto field = [&](std::string_view key) -> const YamlNode& {
      for (const YamlMember& member : root.members) {
        if (member.key == key && member.value.is_scalar()) return member.value;
      }
      place.fail(root.line, "a value of {} is missing", key);
    };
    const auto end_of_document = yaml_scalar(field("end_of_document"), place);
    const auto overwrite = yaml_scalar(field("overwrite"), place);
    if (!end_of_document.is_number_integer() || !overwrite.is_boolean())
      place.fail(root.line, "end_of_document must be a whole number, and overwrite true or false");
    return {.command = field("command").text,
            .teacher = field("teacher").text,
            .start = field("start").text,
            .tokens = field("tokens").text,
            .end_of_document = end_of_document,
            .overwrite = overwrite,
            .teacher_mark = field("teacher_mark").text,
            .start_mark = field("start_mark").text};
  } catch (const UserError& error) {
    fail("{}; start the run again with --overwrite", error.what());
  }
}

std::string to_yaml(const Job& job) {
  std::string text;
  const auto field = [&](std::string_view name, const std::string& value) {
    text += fmt::format("{}: {}\n", name, yaml_word(value));
  };
  field("command", job.command);
  field("teacher", job.teacher);
  field("start", job.start);
  field("tokens", job.tokens);
  field("end_of_document", fmt::format("{}", job.end_of_document));
  field("overwrite", job.overwrite ? "true" : "false");
  field("teacher_mark", job.teacher_mark);
  field("start_mark", job.start_mark);
  return text;
}

}  // namespace radlads
