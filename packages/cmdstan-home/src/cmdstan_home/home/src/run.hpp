// One run of one method: what the method's function is given.
#ifndef DRIVER_RUN_HPP
#define DRIVER_RUN_HPP

#include "arguments.hpp"
#include "files.hpp"
#include "output.hpp"

#include <stan/callbacks/interrupt.hpp>
#include <stan/callbacks/logger.hpp>
#include <vector>

namespace driver {

struct Run {
  const CommandLine& args;
  const Argument& settings;  // the method's own arguments
  stan::model::model_base& model;
  const Outputs& outputs;
  unsigned int seed;
  unsigned int id;
  std::size_t num_chains;
  double init_radius;
  int refresh;
  std::vector<Context> inits;
  std::vector<CsvWriter>& draws;
  std::vector<CsvWriter>& diagnostics;
  std::vector<JsonWriter>& metrics;  // adapted metrics; of pathfinder and laplace: diagnostics
  std::vector<stan::callbacks::writer> init_writers;
  stan::callbacks::interrupt& interrupt;
  stan::callbacks::logger& logger;
};

// Each returns 0 on success and a code of stan::services::error_codes otherwise.
int sample(Run& run);
int sample_static(Run& run, const std::vector<Context>& metrics);
int optimize(Run& run);
int laplace(Run& run);
int variational(Run& run);
int pathfinder(Run& run);
int generate_quantities(Run& run);
int log_prob(Run& run);
int diagnose(Run& run);

}  // namespace driver
#endif
