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

Job read_job(const RunFolder& run) {
  try {
    const YAML::Node node = YAML::LoadFile(run.job().string());
    Job job;
    job.command = node["command"].as<std::string>();
    job.teacher = node["teacher"].as<std::string>();
    job.start = node["start"].as<std::string>();
    job.tokens = node["tokens"].as<std::string>();
    job.end_of_document = node["end_of_document"].as<int64_t>();
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
  out << YAML::EndMap;
  return std::string(out.c_str()) + "\n";
}

}  // namespace radlads
