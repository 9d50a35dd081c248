// Markov chain Monte Carlo: the No-U-Turn sampler and the sampler of fixed parameters.
#include "sampling.hpp"

#include <stan/services/sample/fixed_param.hpp>
#include <stan/services/sample/hmc_nuts_dense_e.hpp>
#include <stan/services/sample/hmc_nuts_dense_e_adapt.hpp>
#include <stan/services/sample/hmc_nuts_diag_e.hpp>
#include <stan/services/sample/hmc_nuts_diag_e_adapt.hpp>
#include <stan/services/sample/hmc_nuts_unit_e.hpp>
#include <stan/services/sample/hmc_nuts_unit_e_adapt.hpp>
#include <stan/services/util/create_unit_e_dense_inv_metric.hpp>
#include <stan/services/util/create_unit_e_diag_inv_metric.hpp>

namespace driver {
namespace {

// The metric to start from: the user's, or the identity of the right shape.
std::vector<Context> starting_metrics(const Run& run, const Argument& hmc) {
  namespace util = stan::services::util;
  const auto file = hmc.get<std::string>("metric_file");
  if (!file.empty())
    return read_contexts(file, run.num_chains, run.id);
  const auto size = run.model.num_params_r();
  const auto shared = [](auto metric) {
    return std::make_shared<decltype(metric)>(std::move(metric));
  };
  Context identity;
  if (hmc["metric"].taken() == "dense_e")
    identity = shared(util::create_unit_e_dense_inv_metric(size));
  else
    identity = shared(util::create_unit_e_diag_inv_metric(size));
  return std::vector<Context>(run.num_chains, identity);
}

int sample_nuts(Run& run, const std::vector<Context>& metrics) {
  const Argument& hmc = run.settings["algorithm"].chosen();
  const std::string& metric = hmc["metric"].taken();
  const auto chains = std::tie(run.model, run.num_chains, run.inits);
  const auto start = std::tie(metrics);
  const auto plan = schedule(run, hmc["engine"].chosen().get<int>("max_depth"));
  const auto sinks = std::tie(run.interrupt, run.logger, run.init_writers, run.draws,
                              run.diagnostics);

  if (!run.settings["adapt"].get<bool>("engaged")) {
    if (metric == "dense_e")
      return call(SERVICE(hmc_nuts_dense_e), chains, start, plan, sinks);
    if (metric == "diag_e")
      return call(SERVICE(hmc_nuts_diag_e), chains, start, plan, sinks);
    return call(SERVICE(hmc_nuts_unit_e), chains, plan, sinks);
  }
  const auto rates = stepsize_adaptation(run);
  const auto windows = metric_adaptation(run);
  const auto adapted = std::tie(run.metrics);
  if (metric == "dense_e")
    return call(SERVICE(hmc_nuts_dense_e_adapt), chains, start, plan, rates, windows, sinks,
                adapted);
  if (metric == "diag_e")
    return call(SERVICE(hmc_nuts_diag_e_adapt), chains, start, plan, rates, windows, sinks,
                adapted);
  return call(SERVICE(hmc_nuts_unit_e_adapt), chains, plan, rates, sinks, adapted);
}

}  // namespace

int sample(Run& run) {
  const Argument& settings = run.settings;
  const bool adapt = settings["adapt"].get<bool>("engaged");
  const bool hamiltonian = settings["algorithm"].taken() == "hmc";
  const bool parameters = run.model.num_params_r() > 0;
  if (hamiltonian && !parameters)
    run.logger.info("Model contains no parameters, running fixed_param sampler, no updates to "
                    "Markov chain");
  if (!hamiltonian || !parameters)
    return stan::services::sample::fixed_param(
        run.model, run.num_chains, run.inits, run.seed, run.id, run.init_radius,
        settings.get<int>("num_samples"), settings.get<int>("thin"), run.refresh, run.interrupt,
        run.logger, run.init_writers, run.draws, run.diagnostics);
  if (adapt && settings.get<int>("num_warmup") == 0)
    throw std::invalid_argument(
        "The number of warmup samples (num_warmup) must be greater than zero if adaptation is "
        "enabled.\n");
  const Argument& hmc = settings["algorithm"].chosen();
  const auto metrics = starting_metrics(run, hmc);
  return hmc["engine"].taken() == "nuts" ? sample_nuts(run, metrics) : sample_static(run, metrics);
}

}  // namespace driver
