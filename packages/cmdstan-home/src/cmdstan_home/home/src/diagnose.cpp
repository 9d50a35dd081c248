// bin/diagnose: can the sampler that made these draws be trusted?
#include "draws.hpp"

#include <iomanip>
#include <sstream>

namespace driver {
namespace {

std::string share(long part, long whole) {
  std::ostringstream out;
  out << part << " of " << whole << " (" << std::fixed << std::setprecision(2)
      << 100.0 * part / whole << "%)";
  return out.str();
}

// Energy Bayesian fraction of missing information: squared steps of the energy over its variance.
double e_bfmi(const Eigen::VectorXd& energy) {
  const auto n = energy.size();
  const double steps = (energy.tail(n - 1) - energy.head(n - 1)).squaredNorm() / (n - 1);
  return steps / ((energy.array() - energy.mean()).square().sum() / (n - 1));
}

}  // namespace

int diagnose_draws(const std::vector<std::string>& arguments) {
  constexpr double rhat_limit = 1.05;
  constexpr double ess_limit = 0.001;
  constexpr double e_bfmi_limit = 0.3;

  if (arguments.empty()) {
    std::cout << "USAGE:  diagnose <filename 1> [<filename 2> ... <filename N>]\n" << std::endl;
    return 0;
  }
  std::vector<std::string> files;
  for (const auto& file : arguments)
    if (std::ifstream(file))
      files.push_back(file);
    else
      std::cout << "File " << file << " not found" << std::endl;
  if (files.empty()) {
    std::cout << "No valid input files, exiting." << std::endl;
    return 0;
  }
  std::cout << "Processing csv files: " << join(files) << "\n\n";
  for (const auto& file : files)
    if (const auto method = setting(file, "method"); !method.empty() && method != "sample")
      throw std::invalid_argument(file + " is output of method=" + method
                                  + ", and only a sampler's can be diagnosed.");
  const Draws draws = read(files);
  const Chains& chains = draws.chains;
  const int num_samples = chains.num_samples();

  bool trouble = false;
  const auto report = [&](bool bad, const std::string& finding, const std::string& fine) {
    trouble |= bad;
    std::cout << (bad ? finding : fine) << "\n\n";
  };
  std::vector<std::string> low_ess;
  std::vector<std::string> high_rhat;
  for (int i = 0; i < chains.num_params(); ++i) {
    const std::string& name = chains.param_name(i);
    const Eigen::VectorXd values = chains.samples(i);
    if (name == "treedepth__") {
      std::cout << "Checking sampler transitions treedepth.\n";
      const std::string limit = std::to_string(draws.metadata.max_depth);
      const long hits = (values.array() >= draws.metadata.max_depth).count();
      report(hits > 0,
             share(hits, num_samples) + " transitions hit the maximum treedepth limit of " + limit
                 + ", or 2^" + limit
                 + " leapfrog steps.\nTrajectories that are prematurely terminated due to this "
                   "limit will result in slow exploration.\nFor optimal performance, increase "
                   "this limit.",
             "Treedepth satisfactory for all transitions.");
    } else if (name == "divergent__") {
      std::cout << "Checking sampler transitions for divergences.\n";
      const long divergent = static_cast<long>(values.sum());
      report(divergent > 0,
             share(divergent, num_samples)
                 + " transitions ended with a divergence.\nThese divergent transitions indicate "
                   "that HMC is not fully able to explore the posterior distribution.\nTry "
                   "increasing adapt delta closer to 1.\nIf this doesn't remove all divergences, "
                   "try to reparameterize the model.",
             "No divergent transitions found.");
    } else if (name == "energy__") {
      std::cout << "Checking E-BFMI - sampler transitions HMC potential energy.\n";
      const double fraction = e_bfmi(values);
      std::ostringstream finding;
      finding << "The E-BFMI, " << std::fixed << std::setprecision(2) << fraction
              << ", is below the nominal threshold of " << e_bfmi_limit
              << " which suggests that HMC may have trouble exploring the target "
                 "distribution.\nIf possible, try to reparameterize the model.";
      report(fraction < e_bfmi_limit, finding.str(), "E-BFMI satisfactory.");
    } else if (name.find("__") == std::string::npos) {
      if (chains.effective_sample_size(i) / num_samples < ess_limit)
        low_ess.push_back(name);
      if (chains.split_potential_scale_reduction(i) > rhat_limit)
        high_rhat.push_back(name);
    }
  }
  report(!low_ess.empty(),
         "The following parameters had fewer than 0.001 effective draws per transition:\n  "
             + join(low_ess)
             + "\nSuch low values indicate that the effective sample size estimators may be "
               "biased high and actual performance may be substantially lower than quoted.",
         "Effective sample size satisfactory.");
  report(!high_rhat.empty(),
         "The following parameters had split R-hat greater than 1.05:\n  " + join(high_rhat)
             + "\nSuch high values indicate incomplete mixing and biased estimation.\nYou should "
               "consider regularizating your model with additional prior information or a more "
               "effective parameterization.",
         "Split R-hat values satisfactory all parameters.");
  std::cout << (trouble ? "Processing complete." : "Processing complete, no problems detected.")
            << std::endl;
  return 0;
}

}  // namespace driver
