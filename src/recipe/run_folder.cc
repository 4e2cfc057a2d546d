#include "recipe/run_folder.h"

#include <yaml-cpp/yaml.h>

#include "core/error.h"

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
  try {
    const YAML::Node node = YAML::LoadFile(run.job().string());
    Job job;
    job.command = node["command"].as<std::string>();
    job.teacher = node["teacher"].as<std::string>();
    job.start = node["start"].as<std::string>();
    job.tokens = node["tokens"].as<std::string>();
    job.end_of_document = node["end_of_document"].as<int64_t>();
    job.overwrite = node["overwrite"].as<bool>();
    job.teacher_mark = node["teacher_mark"].as<std::string>();
    job.start_mark = node["start_mark"].as<std::string>();
    return job;
  } catch (const YAML::Exception& error) {
    fail("[read_job] {}: {}; start the run again with --overwrite", run.job().string(), error.msg);
  }
}

std::string to_yaml(const Job& job) {
  YAML::Emitter out;
  out << YAML::BeginMap;
  const auto field = [&](const char* name, const auto& value) {
    out << YAML::Key << name << YAML::Value << value;
  };
  field("command", job.command);
  field("teacher", job.teacher);
  field("start", job.start);
  field("tokens", job.tokens);
  field("end_of_document", job.end_of_document);
  field("overwrite", job.overwrite);
  field("teacher_mark", job.teacher_mark);
  field("start_mark", job.start_mark);
  out << YAML::EndMap;
  return std::string(out.c_str()) + "\n";
}

}  // namespace radlads
