// The program that a compiled Stan model becomes: reads the command line, sets up the model and
// the files in the order that CmdStan does, and runs the method asked for.
#include "interruption.hpp"
#include "run.hpp"

#include <stan/callbacks/stream_logger.hpp>
#include <stan/callbacks/stream_writer.hpp>
#include <stan/math/prim/core/init_threadpool_tbb.hpp>
#include <iomanip>
#include <iostream>
#include <sstream>

// Defined by the C++ that stanc writes for the model.
stan::model::model_base& new_model(stan::io::var_context& data, unsigned int seed,
                                   std::ostream* messages);
stan::math::profile_map& get_stan_profile_data();

namespace driver {
namespace {

std::size_t count_chains(const CommandLine& args) {
  const Argument& s = args.method();
  if (args.runs("pathfinder"))
    return s.get<int>("num_paths");
  if (args.runs("generate_quantities"))
    return s.get<int>("num_chains");
  if (!args.runs("sample"))
    return 1;
  const Argument& algorithm = s["algorithm"];
  const int chains = s.get<int>("num_chains");
  if (chains > 1 && algorithm.taken() == "hmc" && algorithm["hmc"]["engine"].taken() == "static")
    throw std::invalid_argument(
        "Argument 'num_chains' is unavailable for the 'static' HMC engine.");
  return chains;
}

void set_threads(int threads) {
  const int from_environment = stan::math::internal::get_num_threads();
  if (from_environment != threads && from_environment != 1)
    throw std::invalid_argument("STAN_NUM_THREADS= " + std::to_string(from_environment)
                                + " but argument num_threads= " + std::to_string(threads)
                                + ". Please either only set one or make sure they are equal.");
  stan::math::init_threadpool_tbb(threads);
}

void check_names(const CommandLine& args) {
  const auto output = args["output"].get<std::string>("file");
  refuse_bad_output_name(output);
  refuse_bad_output_name(args["output"].get<std::string>("diagnostic_file"));
  const Argument& s = args.method();
  for (const char* input : {"fitted_params", "mode", "constrained_params"})
    for (const auto& setting : s.children)
      if (setting.name == input)
        refuse_same_file(input, s.get<std::string>(input), output);
}

struct Writers {
  std::vector<CsvWriter> draws;
  std::vector<CsvWriter> diagnostics;
  std::vector<JsonWriter> json;  // metrics of the sampler, diagnostics of pathfinder and laplace
};

Writers open_writers(const CommandLine& args, const Outputs& outputs) {
  const bool diagnose = !outputs.diagnostic_file.empty();
  if (args.runs("pathfinder")) {
    const bool save = args.method().get<bool>("save_single_paths");
    const std::string& file = save && !diagnose ? outputs.file : outputs.diagnostic_file;
    const std::string tag = outputs.num_chains > 1 ? "_path" : "";
    const bool wanted = save || diagnose;
    return {tag.empty() || wanted ? outputs.csv(outputs.file, tag) : outputs.no_csv(),
            outputs.no_csv(), wanted ? outputs.json(file, tag) : outputs.no_json()};
  }
  Writers writers{outputs.csv(outputs.file), outputs.no_csv(), outputs.no_json()};
  if (diagnose && args.runs("laplace"))
    writers.json = outputs.json(outputs.diagnostic_file);
  else if (diagnose)
    writers.diagnostics = outputs.csv(outputs.diagnostic_file);
  if (args.runs("sample") && args.method()["adapt"].get<bool>("save_metric")) {
    if (!args.method()["adapt"].get<bool>("engaged"))
      throw std::invalid_argument("Saving the adapted metric (save_metric=1) can only be enabled "
                                  "when adaptation is engaged (adapt engaged=1)\n");
    writers.json = outputs.json(outputs.file, "_metric");
  }
  return writers;
}

// "init" is a radius if all of it is a number, and a file's name otherwise.
struct Init {
  double radius = 2.0;
  std::string file;
};

Init read_init(const std::string& init) {
  try {
    std::size_t end = 0;
    const double radius = std::stod(init, &end);
    if (end == init.size())
      return {radius, ""};
  } catch (const std::logic_error&) {
  }
  return {2.0, init};
}

int run_method(Run& run) {
  const std::pair<const char*, int (*)(Run&)> methods[] = {
      {"sample", sample},           {"optimize", optimize},
      {"variational", variational}, {"diagnose", diagnose},
      {"log_prob", log_prob},       {"generate_quantities", generate_quantities},
      {"laplace", laplace},         {"pathfinder", pathfinder},
  };
  for (const auto& [name, method] : methods)
    if (run.args.runs(name))
      return method(run);
  throw std::logic_error("unknown method " + run.settings.name);
}

int command(int argc, const char* argv[]) {
  stan::callbacks::stream_writer info(std::cout);
  stan::callbacks::stream_writer err(std::cerr);
  stan::callbacks::stream_logger logger(std::cout, std::cout, std::cout, std::cerr, std::cerr);

  CommandLine args;
  const Outcome outcome = args.parse(argc, argv, info, err);
  if (outcome == Outcome::done)
    return 0;
  if (outcome == Outcome::misused) {
    if (argc > 1)
      std::cerr << "Failed to parse command arguments, cannot run model." << std::endl;
    return 1;
  }

  set_threads(args["num_threads"].value_as<int>());
  const auto id = static_cast<unsigned int>(args["id"].value_as<int>());
  const Argument& output = args["output"];
  const Outputs outputs{output.get<std::string>("file"), output.get<std::string>("diagnostic_file"),
                        output.get<int>("sig_figs"), count_chains(args), id};
  check_names(args);
  args.print(info);
  info();

  const Context data = read_context(args["data"].get<std::string>("file"));
  stan::model::model_base& model = new_model(*data, args.seed(), &std::cout);

  Writers writers = open_writers(args, outputs);
  const Init init = read_init(args["init"].value_as<std::string>());
  stan::callbacks::interrupt interrupt;
  Run run{args,
          args.method(),
          model,
          outputs,
          args.seed(),
          id,
          outputs.num_chains,
          init.radius,
          output.get<int>("refresh"),
          read_contexts(init.file, outputs.num_chains, id),
          writers.draws,
          writers.diagnostics,
          writers.json,
          std::vector<stan::callbacks::writer>(outputs.num_chains),
          interrupt,
          logger};

  if (output.get<bool>("save_cmdstan_config")) {
    JsonWriter config(open_output(split_suffix(outputs.file).base + "_config.json",
                                  outputs.sig_figs));
    write_config(config, args, model);
  }
  for (auto& writer : writers.draws)
    write_config(writer, args, model);
  for (auto& writer : writers.diagnostics)
    write_short_config(writer, args, model);

  const int code = run_method(run);

  const auto& profile = get_stan_profile_data();
  if (!profile.empty()) {
    std::ofstream out(output.get<std::string>("profile_file"));
    if (outputs.sig_figs > -1)
      out << std::setprecision(outputs.sig_figs);
    write_profile(out, profile);
  }
  return code;
}

}  // namespace
}  // namespace driver

int main(int argc, const char* argv[]) {
  driver::end_between_writes();
  try {
    return driver::command(argc, argv) == 0 ? 0 : 1;
  } catch (const std::exception& e) {
    std::cerr << e.what() << std::endl;
    return 1;
  }
}
