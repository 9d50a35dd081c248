// bin/stansummary: statistics of the draws of one or several chains, as a table and as CSV.
// bin/diagnose is this program under another name.
#include "draws.hpp"

#include <iomanip>
#include <numeric>
#include <sstream>

namespace driver {
namespace {

const char* const usage = R"(Usage: stansummary [OPTIONS] stan_csv_file(s)
Report statistics for one or more Stan csv files from a HMC sampler run.
Example:  stansummary model_chain_1.csv model_chain_2.csv
Options:
  -a, --autocorr [n]          Display the chain autocorrelation for the n-th
                              input file, in addition to statistics.
  -c, --csv_filename [file]   Write statistics to a csv file.
  -h, --help                  Produce help message, then exit.
  -i, --include_param [name]  Include the named parameter in the summary output.
                              By default, all parameters are summarized.
  -p, --percentiles [values]  Percentiles to report as ordered set of
                              comma-separated integers from (1,99), inclusive.
                              Default is 5,50,95.
  -s, --sig_figs [n]          Significant figures reported. Default is 2.
                              Must be an integer from (1, 18), inclusive.
)";

struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Options {
  int autocorr = 0;  // 0: not asked for
  std::string csv;
  std::vector<std::string> include;
  std::vector<int> percentiles{5, 50, 95};
  int sig_figs = 0;  // 0: the console's 2, the file's 6
  std::vector<std::string> files;
  bool help = false;
};

int whole_number(const std::string& text, const std::string& option, int low, int high) {
  try {
    std::size_t end = 0;
    const int value = std::stoi(text, &end);
    if (end == text.size() && low <= value && value <= high)
      return value;
  } catch (const std::logic_error&) {
  }
  throw UsageError("Option " + option + ": " + text + " is not an integer from "
                   + std::to_string(low) + " to " + std::to_string(high) + ".");
}

std::vector<int> read_percentiles(std::string text) {
  std::replace(text.begin(), text.end(), ',', ' ');
  std::istringstream words(text);
  std::vector<int> values;
  for (std::string word; words >> word;) {
    values.push_back(whole_number(word, "--percentiles", 1, 99));
    if (values.size() > 1 && values.back() < values[values.size() - 2])
      throw UsageError("Option --percentiles " + text + ": values must be increasing.");
  }
  return values;
}

// "theta.1.2" and "theta[1,2]" name the same element.
std::string bracketed(std::string name) {
  const auto dot = name.find('.');
  if (dot == std::string::npos)
    return name;
  name[dot] = '[';
  std::replace(name.begin(), name.end(), '.', ',');
  return name + "]";
}

Options read_options(const std::vector<std::string>& words) {
  static const std::vector<std::pair<std::string, std::string>> names
      = {{"-a", "--autocorr"},      {"-c", "--csv_filename"}, {"-h", "--help"},
         {"-i", "--include_param"}, {"-p", "--percentiles"},  {"-s", "--sig_figs"}};
  Options options;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i].size() < 2 || words[i][0] != '-') {
      options.files.push_back(words[i]);
      continue;
    }
    const auto equals = words[i].find('=');
    std::string name = words[i].substr(0, equals);
    for (const auto& [short_name, long_name] : names)
      if (name == short_name)
        name = long_name;
    if (name == "--help") {
      options.help = true;
      return options;
    }
    if (std::none_of(names.begin(), names.end(), [&](auto& n) { return n.second == name; }))
      throw UsageError("The following argument was not expected: " + words[i]);
    if (equals == std::string::npos && i + 1 == words.size())
      throw UsageError(name + " requires an argument");
    const std::string value = equals == std::string::npos ? words[++i] : words[i].substr(equals + 1);
    if (name == "--autocorr")
      options.autocorr = whole_number(value, name, 1, 1 << 30);
    else if (name == "--csv_filename")
      options.csv = value;
    else if (name == "--include_param")
      options.include.push_back(bracketed(value));
    else if (name == "--percentiles")
      options.percentiles = read_percentiles(value);
    else
      options.sig_figs = whole_number(value, name, 1, 18);
  }
  if (options.files.empty())
    throw UsageError("input_files is required");
  for (const auto& file : options.files)
    if (!std::ifstream(file))
      throw UsageError("Cannot read input csv file: " + file + ".");
  if (options.autocorr > static_cast<int>(options.files.size()))
    throw UsageError("Option --autocorr: " + std::to_string(options.autocorr)
                     + " not a valid chain id.");
  return options;
}

double sum(const std::vector<double>& x) { return std::accumulate(x.begin(), x.end(), 0.0); }

struct Row {
  std::string name;
  std::vector<double> values;
};

Row summarize(const Draws& draws, int column, const std::vector<int>& percentiles) {
  const Chains& chains = draws.chains;
  const double sd = chains.sd(column);
  const double ess = chains.effective_sample_size(column);
  Row row{chains.param_name(column), {chains.mean(column), sd / std::sqrt(ess), sd}};
  const bool ordered = !chains.samples(column).hasNaN();
  for (const int percentile : percentiles)
    row.values.push_back(ordered ? chains.quantile(column, percentile / 100.0) : std::nan(""));
  row.values.insert(row.values.end(), {ess, ess / sum(draws.sampling_times),
                                       chains.split_potential_scale_reduction(column)});
  return row;
}

std::vector<int> indices(const std::string& name) {
  std::vector<int> found;
  std::istringstream in(name.substr(std::min(name.find('['), name.size())));
  for (int i; in.get() && in >> i;)
    found.push_back(i);
  return found;
}

std::string base(const std::string& name) { return name.substr(0, name.find('[')); }

// The files hold the elements of a container in column-major order; the table is row-major.
void order_elements(std::vector<Row>& rows) {
  for (auto first = rows.begin(); first != rows.end();) {
    const auto last = std::find_if(first, rows.end(), [&](const Row& row) {
      return base(row.name) != base(first->name);
    });
    std::stable_sort(first, last, [](const Row& a, const Row& b) {
      return indices(a.name) < indices(b.name);
    });
    first = last;
  }
}

// Decimals that show `value` with so many significant figures.
int decimals(double value, int sig_figs) {
  const double size = std::fabs(value);
  if (size == 0 || !std::isfinite(size))
    return sig_figs;
  if (size >= 1)
    return std::max(0, sig_figs - static_cast<int>(std::ceil(std::log10(size) + 1e-6)));
  return static_cast<int>(std::fabs(std::floor(std::log10(size)))) + sig_figs - 1;
}

std::string fixed(double value, int sig_figs) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(decimals(value, sig_figs)) << value;
  return out.str();
}

std::string scientific(double value, int sig_figs) {
  std::ostringstream out;
  out << std::scientific << std::setprecision(sig_figs - 1) << value;
  return out.str();
}

// A block of rows; a column is in scientific notation where plain numbers would grow too wide.
void print_block(const std::vector<Row>& block, const std::vector<std::string>& header,
                 int sig_figs, std::vector<std::vector<std::string>>& cells) {
  const auto start = cells.size();
  cells.resize(start + block.size(), std::vector<std::string>(header.size()));
  for (std::size_t j = 0; j < header.size(); ++j) {
    bool wide = false;
    for (const auto& row : block)
      wide |= fixed(row.values[j], sig_figs).size() + 2 >= 8;
    for (std::size_t i = 0; i < block.size(); ++i)
      cells[start + i][j] = wide ? scientific(block[i].values[j], sig_figs)
                                 : fixed(block[i].values[j], sig_figs);
  }
}

void print_timing(const Draws& draws, const std::string& prefix, std::ostream& out) {
  const auto listed = [&](auto value) {
    std::string text;
    for (int chain = 0; chain < draws.chains.num_chains(); ++chain)
      text += (chain ? "," : "") + std::to_string(value(chain));
    return "(" + text + ")";
  };
  const Chains& chains = draws.chains;
  out << prefix << "Inference for Stan model: " << draws.metadata.model << "\n"
      << prefix << chains.num_chains() << " chains: each with iter="
      << listed([&](int c) { return chains.num_kept_samples(c); })
      << "; warmup=" << listed([&](int c) { return chains.warmup(c); })
      << "; thin=" << listed([&](int c) { return draws.thin[c]; }) << "; " << chains.num_samples()
      << " iterations saved.\n"
      << prefix << "\n";
  const auto took = [&](const std::string& what, const std::vector<double>& seconds) {
    double total = sum(seconds);
    std::string unit = "seconds";
    if (total > 3600) {
      total /= 3600;
      unit = "hours";
    } else if (total > 60) {
      total /= 60;
      unit = "minutes";
    }
    out << prefix << what << " took ";
    if (seconds.size() == 1) {
      out << fixed(total, 2) << " " << unit << "\n";
      return;
    }
    std::vector<std::string> each;
    for (const double s : seconds)
      each.push_back(fixed(s, 2));
    out << "(" << join(each) << ") seconds, " << fixed(total, 2) << " " << unit << " total\n";
  };
  took("Warmup", draws.warmup_times);
  took("Sampling", draws.sampling_times);
  out << prefix << "\n";
}

void print_footer(const Draws& draws, const std::string& prefix, std::ostream& out) {
  out << prefix << "Samples were drawn using " << draws.metadata.algorithm << " with "
      << draws.metadata.engine << ".\n"
      << prefix << "For each parameter, N_Eff is a crude measure of effective sample size,\n"
      << prefix << "and R_hat is the potential scale reduction factor on split chains (at \n"
      << prefix << "convergence, R_hat=1).\n";
}

void print_autocorrelation(const Chains& chains, int chain) {
  std::cout << "Displaying the autocorrelations for chain " << chain << ":\n\n Lag";
  std::vector<Eigen::VectorXd> columns;
  for (int i = 0; i < chains.num_params(); ++i) {
    columns.push_back(chains.autocorrelation(chain - 1, i));
    std::cout << " " << std::setw(12) << chains.param_name(i);
  }
  std::cout << "\n";
  for (Eigen::Index lag = 0; lag < columns[0].size(); ++lag) {
    std::cout << std::setw(4) << lag;
    for (const auto& column : columns)
      std::cout << " " << std::setw(12) << column(lag);
    std::cout << "\n";
  }
}

int summary(const std::vector<std::string>& words) {
  if (words.empty()) {
    std::cout << usage << std::endl;
    return 1;
  }
  const Options options = read_options(words);
  if (options.help) {
    std::cout << usage << std::endl;
    return 0;
  }
  const Draws draws = read(options.files);
  const Chains& chains = draws.chains;

  // Columns of the algorithm first (lp__, then its other ones), then the model's.
  std::vector<Row> algorithm;
  std::vector<Row> model;
  std::vector<std::string> missing = options.include;
  for (int i = 0; i < chains.num_params(); ++i) {
    const std::string& name = chains.param_name(i);
    const bool of_algorithm = ends_with(name, "__");
    const auto asked = std::find(missing.begin(), missing.end(), name);
    if (!of_algorithm && !options.include.empty() && asked == missing.end())
      continue;
    if (asked != missing.end())
      missing.erase(asked);
    (of_algorithm ? algorithm : model).push_back(summarize(draws, i, options.percentiles));
  }
  if (!missing.empty())
    throw UsageError("--include_param: Unrecognized parameter(s): '" + join(missing, "' '") + "'");
  order_elements(model);

  std::vector<std::string> header{"Mean", "MCSE", "StdDev"};
  for (const int percentile : options.percentiles)
    header.push_back(std::to_string(percentile) + "%");
  header.insert(header.end(), {"N_Eff", "N_Eff/s", "R_hat"});

  const int sig_figs = options.sig_figs ? options.sig_figs : 2;
  std::vector<std::vector<std::string>> cells;
  print_block(algorithm, header, sig_figs, cells);
  print_block(model, header, sig_figs, cells);
  std::vector<Row> rows = algorithm;
  rows.insert(rows.end(), model.begin(), model.end());
  std::size_t name_width = 0;
  for (const auto& row : rows)
    name_width = std::max(name_width, row.name.size());

  print_timing(draws, "", std::cout);
  const auto print_line = [&](const std::string& name, const std::vector<std::string>& line) {
    std::cout << std::left << std::setw(static_cast<int>(name_width) + 1) << name << std::right;
    for (std::size_t j = 0; j < header.size(); ++j) {
      std::size_t width = header[j].size();
      for (const auto& other : cells)
        width = std::max(width, other[j].size());
      std::cout << std::setw(static_cast<int>(width) + 2) << line[j];
    }
    std::cout << "\n";
  };
  print_line("", header);
  std::cout << "\n";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i == algorithm.size())
      std::cout << "\n";
    print_line(rows[i].name, cells[i]);
  }
  std::cout << "\n";
  print_footer(draws, "", std::cout);
  if (options.autocorr)
    print_autocorrelation(chains, options.autocorr);

  if (!options.csv.empty()) {
    std::ofstream csv(options.csv);
    if (!csv)
      throw UsageError("Cannot save to csv_filename: " + options.csv + ".");
    csv << std::setprecision(options.sig_figs ? options.sig_figs : 6) << "name," << join(header, ",")
        << "\n";
    for (const auto& row : rows) {
      csv << '"' << row.name << '"';
      for (const double value : row.values)
        csv << "," << value;
      csv << "\n";
    }
    print_timing(draws, "# ", csv);
    print_footer(draws, "# ", csv);
  }
  return 0;
}

}  // namespace
}  // namespace driver

int main(int argc, char* argv[]) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  try {
    return driver::ends_with(argv[0], "diagnose") ? driver::diagnose_draws(words)
                                                  : driver::summary(words);
  } catch (const driver::UsageError& e) {
    std::cout << e.what() << std::endl;
    return 1;
  } catch (const std::exception& e) {
    std::cout << "Error during processing. " << e.what() << std::endl;
    return 1;
  }
}
