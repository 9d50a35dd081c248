// Draws of several chains, read from their CSV files.
#ifndef DRIVER_DRAWS_HPP
#define DRIVER_DRAWS_HPP

#include <stan/mcmc/chains.hpp>
#include <algorithm>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

namespace driver {

using Chains = stan::mcmc::chains<>;

struct Draws {
  Chains chains{std::vector<std::string>{}};
  stan::io::stan_csv_metadata metadata;
  std::vector<double> warmup_times;
  std::vector<double> sampling_times;
  std::vector<int> thin;
};

// Stan's reader knows booleans as 0 and 1 only, while the files say true and false.
inline bool saved_warmup(const std::string& file) {
  std::ifstream in(file);
  for (std::string line; in.peek() == '#' && std::getline(in, line);)
    if (line.find(" save_warmup = ") != std::string::npos)
      return line.find("= true") != std::string::npos || line.find("= 1") != std::string::npos;
  return false;
}

inline Draws read(const std::vector<std::string>& files) {
  Draws draws;
  for (const auto& file : files) {
    std::ifstream in(file);
    stan::io::stan_csv csv = stan::io::stan_csv_reader::parse(in, &std::cout);
    if (csv.samples.size() == 0)
      throw std::invalid_argument("There are no draws in " + file + ".");
    const int thin = std::max<int>(1, csv.metadata.thin);
    csv.metadata.save_warmup = saved_warmup(file);
    csv.metadata.num_warmup = (csv.metadata.num_warmup + thin - 1) / thin;
    if (draws.thin.empty())
      draws.chains = Chains(csv);
    else
      draws.chains.add(csv);
    draws.metadata = csv.metadata;
    draws.thin.push_back(thin);
    draws.warmup_times.push_back(csv.timing.warmup);
    draws.sampling_times.push_back(csv.timing.sampling);
  }
  return draws;
}

inline bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

inline std::string join(const std::vector<std::string>& names, const std::string& between = ", ") {
  std::string text;
  for (const auto& name : names)
    text += (text.empty() ? "" : between) + name;
  return text;
}

// What bin/diagnose does with its arguments.
int diagnose_draws(const std::vector<std::string>& arguments);

}  // namespace driver
#endif
