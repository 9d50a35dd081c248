// The samplers of stan::services take the same long lists of arguments in the same order: the
// model and where to start, the schedule, how to adapt, where to write. Each part is built once
// here as a tuple, and `call` strings the parts together.
#ifndef DRIVER_SAMPLING_HPP
#define DRIVER_SAMPLING_HPP

#include "run.hpp"

#include <tuple>

namespace driver {

#define SERVICE(name)                                                               \
  [](auto&&... given) {                                                             \
    return stan::services::sample::name(std::forward<decltype(given)>(given)...);   \
  }

template <typename Service, typename... Parts>
int call(Service service, const Parts&... parts) {
  return std::apply(service, std::tuple_cat(parts...));
}

// `extent` is the engine's own setting: the tree depth of NUTS, the integration time of static HMC.
template <typename Extent>
auto schedule(const Run& run, Extent extent) {
  const Argument& s = run.settings;
  const Argument& hmc = s["algorithm"].chosen();
  return std::make_tuple(run.seed, run.id, run.init_radius, s.get<int>("num_warmup"),
                         s.get<int>("num_samples"), s.get<int>("thin"), s.get<bool>("save_warmup"),
                         run.refresh, hmc.get<double>("stepsize"),
                         hmc.get<double>("stepsize_jitter"), extent);
}

inline auto stepsize_adaptation(const Run& run) {
  const Argument& adapt = run.settings["adapt"];
  return std::make_tuple(adapt.get<double>("delta"), adapt.get<double>("gamma"),
                         adapt.get<double>("kappa"), adapt.get<double>("t0"));
}

inline auto metric_adaptation(const Run& run) {
  const Argument& adapt = run.settings["adapt"];
  return std::make_tuple(adapt.get<unsigned int>("init_buffer"),
                         adapt.get<unsigned int>("term_buffer"),
                         adapt.get<unsigned int>("window"));
}

}  // namespace driver
#endif
