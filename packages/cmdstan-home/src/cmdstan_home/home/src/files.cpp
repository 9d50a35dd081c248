#include "files.hpp"
#include "interruption.hpp"

#include <stan/io/dump.hpp>
#include <stan/io/empty_var_context.hpp>
#include <stan/io/json/json_data.hpp>
#include <stan/io/stan_csv_reader.hpp>
#include <boost/algorithm/string.hpp>
#include <algorithm>
#include <array>
#include <charconv>
#include <iostream>
#include <locale>
#include <sstream>
#include <stdexcept>

namespace driver {
namespace {

[[noreturn]] void fail(const std::string& message) { throw std::invalid_argument(message + "\n"); }

bool ends_with(const std::string& text, const std::string& end) {
  return boost::algorithm::ends_with(text, end);
}

std::vector<std::string> split_commas(const std::string& text) {
  std::vector<std::string> parts;
  boost::algorithm::split(parts, text, boost::is_any_of(","), boost::token_compress_on);
  return parts;
}

void warn_of_r_dump(const std::string& name) {
  std::cerr << "Warning: file '" << name
            << "' is being read as an 'RDump' file.\n"
               "\tThis format is deprecated and will not receive new features.\n"
               "\tConsider saving your data in JSON format instead."
            << std::endl;
}

#ifdef __cpp_lib_to_chars
// Doubles as a stream prints them by default, that is by printf's %g, but by std::to_chars, which
// the standard defines to give the same characters. printf is most of the cost of an output file.
class Numbers : public std::num_put<char> {
  iter_type do_put(iter_type out, std::ios_base& base, char fill, double value) const override {
    constexpr auto special = std::ios_base::floatfield | std::ios_base::showpos
                           | std::ios_base::showpoint | std::ios_base::uppercase;
    std::array<char, 64> text;  // up to 55 digits, a sign, a point and an exponent
    if ((base.flags() & special) != 0 || base.width() > 0 || base.precision() > 55)
      return std::num_put<char>::do_put(out, base, fill, value);
    const auto end = std::to_chars(text.begin(), text.end(), value, std::chars_format::general,
                                   static_cast<int>(base.precision()));
    return std::copy(text.begin(), end.ptr, out);
  }
};
#endif

// A file's buffer that holds a whole row and writes it in one go when the stream is flushed.
class RowBuffer : public std::filebuf {
 public:
  explicit RowBuffer(const std::string& name) {
    pubsetbuf(row.data(), static_cast<std::streamsize>(row.size()));
    open(name, std::ios::out);
  }
  ~RowBuffer() override {
    const Write whole;
    close();  // while the row is alive
  }

 protected:
  int sync() override {
    const Write whole;
    return std::filebuf::sync();
  }

 private:
  std::vector<char> row = std::vector<char>(1 << 20);
};

class RowStream : public std::ofstream {
 public:
  explicit RowStream(const std::string& name) : buffer(name) {
    std::ios::rdbuf(&buffer);
    if (!buffer.is_open())
      setstate(std::ios::failbit);
  }

 private:
  RowBuffer buffer;
};

Context parse_context(std::istream& in, const std::string& suffix) {
  if (suffix == ".json")
    return std::make_shared<stan::json::json_data>(in);
  return std::make_shared<stan::io::dump>(in);
}

// Columns that belong to the algorithm come first and end in "__".
std::size_t count_algorithm_columns(const std::vector<std::string>& header) {
  std::size_t n = 0;
  while (n < header.size() && ends_with(header[n], "__"))
    ++n;
  return n;
}

std::vector<std::string> parameter_names(const stan::model::model_base& model) {
  std::vector<std::string> names;
  model.constrained_param_names(names, false, false);
  if (names.empty())
    fail("Model " + model.model_name() + " has no parameters, nothing to estimate.");
  return names;
}

// Runs a transform of the model; its complaint becomes one message.
template <typename Transform>
void unconstrain(Transform transform) {
  std::ostringstream said;
  try {
    transform(said);
  } catch (const std::exception& e) {
    fail(std::string(e.what()) + "\nBad or missing parameter values, cannot unconstrain."
         + (said.str().empty() ? "" : "\n\t" + said.str()));
  }
}

std::vector<double> unconstrain_row(const stan::model::model_base& model,
                                    const std::vector<double>& row) {
  std::vector<double> point(model.num_params_r());
  unconstrain([&](std::ostream& out) { model.unconstrain_array(row, point, &out); });
  return point;
}

std::vector<double> unconstrain_context(const stan::model::model_base& model,
                                        const std::string& name) {
  const Context values = read_context(name);
  std::vector<double> point(model.num_params_r());
  std::vector<int> no_integers;
  unconstrain([&](std::ostream& out) { model.transform_inits(*values, no_integers, point, &out); });
  return point;
}

// The mode is the one row of an optimizer's CSV file.
std::vector<double> read_optimum(const std::string& name, const stan::model::model_base& model) {
  std::vector<std::string> wanted;
  model.constrained_param_names(wanted);

  std::ifstream in = open_input(name);
  std::string line;
  bool from_optimizer = false;
  while (in.peek() == '#') {
    std::getline(in, line);
    from_optimizer |= boost::contains(line, "method = optimize");
  }
  std::getline(in, line);
  const auto names = split_commas(line);
  std::getline(in, line);
  const auto values = split_commas(line);

  if (!from_optimizer)
    fail("CSV file is not output from Stan optimization");
  const auto offset = count_algorithm_columns(names);
  if (names.size() != values.size() || names.size() < offset + wanted.size())
    fail("CSV file is incomplete, expecting at least " + std::to_string(wanted.size() + 1)
         + " columns.");
  std::vector<double> optimum;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] != names[i + offset])
      fail("Mismatch between model params and StanCSV file \"" + name + "\",  expecting param \""
           + wanted[i] + "\", found \"" + names[i + offset] + "\"");
    try {
      optimum.push_back(std::stod(values[i + offset]));
    } catch (const std::logic_error&) {
      fail("Error parsing CSV file, bad value for " + wanted[i]);
    }
  }
  return optimum;
}

}  // namespace

SplitName split_suffix(const std::string& name) {
  const auto slash = name.find_last_of('/');
  const auto start = slash == std::string::npos ? 0 : slash + 1;
  for (auto dot = name.size(); dot-- > start + 1;)
    if (name[dot] == '.' && dot + 1 < name.size() && name[dot - 1] != '.' && name[dot + 1] != '.')
      return {name.substr(0, dot), name.substr(dot)};
  return {name, ""};
}

std::vector<std::string> chain_names(const std::string& name, const std::string& tag,
                                     const std::string& suffix, std::size_t num_chains,
                                     unsigned int id) {
  const auto complete = [&](const std::string& one, const std::string& number) {
    SplitName split = split_suffix(one);
    if (suffix != ".csv" || split.suffix.empty())
      split.suffix = suffix;
    return split.base + tag + number + split.suffix;
  };
  if (num_chains == 1)
    return {complete(name, "")};

  std::vector<std::string> names;
  const auto listed = split_commas(name);
  if (listed.size() == num_chains)
    for (const auto& one : listed)
      names.push_back(complete(one, ""));
  else
    for (std::size_t i = 0; i < num_chains; ++i)
      names.push_back(complete(name, "_" + std::to_string(id + i)));
  return names;
}

void refuse_bad_output_name(const std::string& name) {
  if (ends_with(name, "/") || ends_with(name, "..") || ends_with(name, "/."))
    fail("Ill-formed output filename " + name);
}

void refuse_same_file(const std::string& role, const std::string& input,
                      const std::string& output) {
  const auto plain = [](std::string path) {
    while (boost::algorithm::starts_with(path, "./"))
      path.erase(0, 2);
    return path;
  };
  if (!input.empty() && plain(input) == plain(output))
    fail("Filename conflict, " + role + " file " + input
         + " and output file names are identical, must be different.");
}

std::ifstream open_input(const std::string& name) {
  std::ifstream in(name);
  if (!in)
    fail("Can't open specified file, \"" + name + "\"");
  return in;
}

std::unique_ptr<std::ofstream> open_output(const std::string& name, int sig_figs) {
  auto out = std::make_unique<RowStream>(name);
  if (!*out)
    fail("Can't open output file, \"" + name + "\"");
  out->exceptions(std::ofstream::badbit);
  if (sig_figs > -1)
    out->precision(sig_figs);
#ifdef __cpp_lib_to_chars
  out->imbue(std::locale(std::locale::classic(), new Numbers));  // the locale owns it
#endif
  return out;
}

Context read_context(const std::string& name) {
  if (name.empty())
    return std::make_shared<stan::io::empty_var_context>();
  std::ifstream in = open_input(name);
  const std::string suffix = split_suffix(name).suffix;
  if (suffix != ".json")
    warn_of_r_dump(name);
  return parse_context(in, suffix);
}

std::vector<Context> read_contexts(const std::string& name, std::size_t num_chains,
                                   unsigned int id) {
  if (num_chains == 1 || name.empty())
    return std::vector<Context>(num_chains, read_context(name));

  const auto dot = name.find_last_of('.');
  if (dot == std::string::npos)
    fail("Found: \"" + name + "\" but user specified files must end in .json or .R");
  const std::string suffix = name.substr(dot);
  if (suffix != ".json" && suffix != ".R")
    fail("file ending of " + suffix + " is not supported by cmdstan");
  if (suffix != ".json")
    warn_of_r_dump(name);

  // Numbered files win over one file for all chains, and the first stands for the others.
  const auto names = chain_names(name, "", suffix, num_chains, id);
  if (std::ifstream first(names[0]); !first) {
    std::ifstream shared(name);
    const std::string both = "\"" + names[0] + "\" and base file \"" + name + "\"";
    if (!shared)
      fail("Searching for  \"" + both + "\nCan't open either of specified files," + both);
    return std::vector<Context>(num_chains, parse_context(shared, suffix));
  }
  std::vector<Context> contexts;
  for (const auto& one : names) {
    std::ifstream in(one);
    if (!in)
      fail("Found \"" + names[0] + "\" but cannot open \"" + one + "\"");
    contexts.push_back(parse_context(in, suffix));
  }
  return contexts;
}

Eigen::MatrixXd read_draws(const std::string& name, const stan::model::model_base& model) {
  using Csv = stan::io::stan_csv_reader;
  const auto names = parameter_names(model);
  std::ifstream in = open_input(name);
  stan::io::stan_csv csv;
  std::ostringstream said;
  Csv::read_metadata(in, csv.metadata, &said);
  if (!Csv::read_header(in, csv.header, &said, false))
    fail(said.str() + "Error reading fitted param names from sample csv file \"" + name + "\"");
  Csv::read_adaptation(in, csv.adaptation, &said);
  Csv::read_samples(in, csv.samples, csv.timing, &said);

  const auto offset = count_algorithm_columns(csv.header);
  bool match = offset + names.size() <= csv.header.size();
  for (std::size_t i = 0; match && i < names.size(); ++i)
    match = names[i] == csv.header[i + offset];
  if (!match)
    fail(said.str() + "Mismatch between model and fitted_parameters csv file \"" + name + "\"");
  return csv.samples.block(0, offset, csv.samples.rows(), names.size());
}

Points read_unconstrained(const std::string& name, const stan::model::model_base& model) {
  const Context file = read_context(name);
  const auto values = file->vals_r("params_r");
  if (values.empty())
    throw std::invalid_argument("Unconstrained parameters file has no variable 'params_r' with "
                                "unconstrained parameter values!");
  const auto dims = file->dims_r("params_r");
  const std::size_t rows = dims.size() == 2 ? dims[0] : 1;
  const std::size_t cols = dims.size() == 2 ? dims[1] : dims[0];
  if (cols != model.num_params_r())
    throw std::invalid_argument("Incorrect number of unconstrained parameters provided! Model has "
                                + std::to_string(model.num_params_r()) + " parameters but "
                                + std::to_string(cols) + " were found.");
  Points points(rows, std::vector<double>(cols));
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < cols; ++j)
      points[i][j] = values[i + j * rows];  // arrays are read column by column
  return points;
}

Points read_constrained(const std::string& name, const stan::model::model_base& model) {
  if (split_suffix(name).suffix != ".csv")
    return {unconstrain_context(model, name)};
  const Eigen::MatrixXd draws = read_draws(name, model);
  Points points;
  for (Eigen::Index i = 0; i < draws.rows(); ++i) {
    const Eigen::VectorXd row = draws.row(i);
    points.push_back(unconstrain_row(model, {row.data(), row.data() + row.size()}));
  }
  return points;
}

Eigen::VectorXd read_mode(const std::string& name, const stan::model::model_base& model) {
  std::vector<double> mode;
  const std::string suffix = split_suffix(name).suffix;
  if (suffix == ".csv")
    mode = unconstrain_row(model, read_optimum(name, model));
  else if (suffix == ".json")
    mode = unconstrain_context(model, name);
  else
    fail("Mode file must be CSV or JSON, found " + name);
  return Eigen::Map<Eigen::VectorXd>(mode.data(), mode.size());
}

}  // namespace driver
