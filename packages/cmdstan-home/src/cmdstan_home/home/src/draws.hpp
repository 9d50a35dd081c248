// Draws of several chains, read from their CSV files.
#ifndef DRIVER_DRAWS_HPP
#define DRIVER_DRAWS_HPP

#include <stan/mcmc/chains.hpp>
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
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

// A setting in the comments at the head of a file; empty if it is not there.
inline std::string setting(const std::string& file, const std::string& name) {
  std::ifstream in(file);
  std::string value;
  for (std::string line; value.empty() && in.peek() == '#' && std::getline(in, line);)
    if (const auto at = line.find(" " + name + " = "); at != std::string::npos)
      std::istringstream(line.substr(at + name.size() + 4)) >> value;
  return value;
}

// Stan's reader makes zeros of nan and inf, so the cells are read again. `in` is at the file's start.
inline void read_cells(std::istream& in, Eigen::MatrixXd& samples) {
  std::vector<std::string> rows;
  for (std::string line; std::getline(in, line);)
    if (!line.empty() && line[0] != '#')
      rows.push_back(line);
  const auto skipped = rows.size() - samples.rows();  // the header, and what is no draw
  for (Eigen::Index i = 0; i < samples.rows(); ++i) {
    std::istringstream row(rows[skipped + i]);
    std::string cell;
    for (Eigen::Index j = 0; std::getline(row, cell, ','); ++j)
      samples(i, j) = std::strtod(cell.c_str(), nullptr);
  }
}

inline Draws read(const std::vector<std::string>& files) {
  Draws draws;
  for (const auto& file : files) {
    std::ifstream in(file);
    stan::io::stan_csv csv = stan::io::stan_csv_reader::parse(in, &std::cout);
    if (csv.samples.size() == 0)
      throw std::invalid_argument("There are no draws in " + file + ".");
    in.clear();
    in.seekg(0);
    read_cells(in, csv.samples);
    const int thin = std::max<int>(1, csv.metadata.thin);
    // Stan's reader knows booleans as 0 and 1 only, while the files say true and false.
    const std::string warmup = setting(file, "save_warmup");
    csv.metadata.save_warmup = warmup == "true" || warmup == "1";
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
