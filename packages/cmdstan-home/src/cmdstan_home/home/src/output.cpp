#include "output.hpp"
#include "arguments.hpp"
#include "files.hpp"

#include <stan/version.hpp>
#include <ctime>
#include <sstream>

namespace driver {
namespace {

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", std::gmtime(&now));
  return text;
}

// stanc's version and flags, as "name = value" lines compiled into the model.
std::vector<std::string> compile_info(const stan::model::model_base& model) {
  return model.model_compile_info();
}

}  // namespace

void write_version(stan::callbacks::writer& out) {
  out("stan_version_major = " + stan::MAJOR_VERSION);
  out("stan_version_minor = " + stan::MINOR_VERSION);
  out("stan_version_patch = " + stan::PATCH_VERSION);
}

void write_build_flags(stan::callbacks::writer& out) {
  const auto flag = [&](const char* name, bool set) {
    out(std::string(name) + (set ? "=true" : "=false"));
  };
  flag("STAN_OPENCL", false);
#ifdef STAN_THREADS
  flag("STAN_THREADS", true);
#else
  flag("STAN_THREADS", false);
#endif
  flag("STAN_MPI", false);
#ifdef STAN_NO_RANGE_CHECKS
  flag("STAN_NO_RANGE_CHECKS", true);
#else
  flag("STAN_NO_RANGE_CHECKS", false);
#endif
#ifdef STAN_CPP_OPTIMS
  flag("STAN_CPP_OPTIMS", true);
#else
  flag("STAN_CPP_OPTIMS", false);
#endif
}

void write_short_config(stan::callbacks::writer& out, const CommandLine& args,
                        const stan::model::model_base& model) {
  write_version(out);
  out("model = " + model.model_name());
  args.print(out);
}

void write_config(stan::callbacks::writer& out, const CommandLine& args,
                  const stan::model::model_base& model) {
  write_version(out);
  out("model = " + model.model_name());
  out("start_datetime = " + utc_now());
  args.print(out);
  for (const auto& line : compile_info(model))
    out(line);
}

void write_config(stan::callbacks::structured_writer& out, const CommandLine& args,
                  const stan::model::model_base& model) {
  out.begin_record();
  out.write("stan_major_version", stan::MAJOR_VERSION);
  out.write("stan_minor_version", stan::MINOR_VERSION);
  out.write("stan_patch_version", stan::PATCH_VERSION);
  out.write("model_name", model.model_name());
  out.write("start_datetime", utc_now());
  args.print(out);
  out.write("mpi_enabled", false);
  for (const auto& line : compile_info(model)) {
    const auto equals = line.find(" = ");
    out.write(line.substr(0, equals), line.substr(equals + 3));
  }
  out.end_record();
}

void write_profile(std::ostream& out, const stan::math::profile_map& profile) {
  out << "name,thread_id,total_time,forward_time,reverse_time,chain_stack,no_chain_stack,"
         "autodiff_calls,no_autodiff_calls"
      << std::endl;
  for (const auto& [key, info] : profile)
    out << key.first << "," << key.second << "," << info.get_fwd_time() + info.get_rev_time()
        << "," << info.get_fwd_time() << "," << info.get_rev_time() << ","
        << info.get_chain_stack_used() << "," << info.get_nochain_stack_used() << ","
        << info.get_num_rev_passes() << "," << info.get_num_no_AD_fwd_passes() << std::endl;
}

std::vector<CsvWriter> Outputs::csv(const std::string& name, const std::string& tag) const {
  std::vector<CsvWriter> writers;
  writers.reserve(num_chains);
  for (const auto& one : chain_names(name, tag, ".csv", num_chains, id))
    writers.emplace_back(open_output(one, sig_figs), "# ");
  return writers;
}

std::vector<JsonWriter> Outputs::json(const std::string& name, const std::string& tag) const {
  std::vector<JsonWriter> writers;
  writers.reserve(num_chains);
  for (const auto& one : chain_names(name, tag, ".json", num_chains, id))
    writers.emplace_back(open_output(one, sig_figs));
  return writers;
}

std::vector<CsvWriter> Outputs::no_csv() const {
  std::vector<CsvWriter> writers;
  writers.reserve(num_chains);
  for (std::size_t i = 0; i < num_chains; ++i)
    writers.emplace_back(nullptr, "# ");
  return writers;
}

std::vector<JsonWriter> Outputs::no_json() const {
  std::vector<JsonWriter> writers;
  writers.reserve(num_chains);
  for (std::size_t i = 0; i < num_chains; ++i)
    writers.emplace_back(nullptr);
  return writers;
}

}  // namespace driver
