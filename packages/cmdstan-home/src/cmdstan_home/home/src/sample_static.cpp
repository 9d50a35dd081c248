// Hamiltonian Monte Carlo with a fixed integration time: one chain at a time.
#include "sampling.hpp"

#include <stan/services/sample/hmc_static_dense_e.hpp>
#include <stan/services/sample/hmc_static_dense_e_adapt.hpp>
#include <stan/services/sample/hmc_static_diag_e.hpp>
#include <stan/services/sample/hmc_static_diag_e_adapt.hpp>
#include <stan/services/sample/hmc_static_unit_e.hpp>
#include <stan/services/sample/hmc_static_unit_e_adapt.hpp>

namespace driver {

int sample_static(Run& run, const std::vector<Context>& metrics) {
  const Argument& hmc = run.settings["algorithm"].chosen();
  const std::string& metric = hmc["metric"].taken();
  const auto chain = std::tie(run.model, *run.inits[0]);
  const auto start = std::tie(*metrics[0]);
  const auto plan = schedule(run, hmc["engine"].chosen().get<double>("int_time"));
  const auto sinks = std::tie(run.interrupt, run.logger, run.init_writers[0], run.draws[0],
                              run.diagnostics[0]);

  if (!run.settings["adapt"].get<bool>("engaged")) {
    if (metric == "dense_e")
      return call(SERVICE(hmc_static_dense_e), chain, start, plan, sinks);
    if (metric == "diag_e")
      return call(SERVICE(hmc_static_diag_e), chain, start, plan, sinks);
    return call(SERVICE(hmc_static_unit_e), chain, plan, sinks);
  }
  const auto rates = stepsize_adaptation(run);
  const auto windows = metric_adaptation(run);
  if (metric == "dense_e")
    return call(SERVICE(hmc_static_dense_e_adapt), chain, start, plan, rates, windows, sinks);
  if (metric == "diag_e")
    return call(SERVICE(hmc_static_diag_e_adapt), chain, start, plan, rates, windows, sinks);
  return call(SERVICE(hmc_static_unit_e_adapt), chain, plan, rates, sinks);
}

}  // namespace driver
