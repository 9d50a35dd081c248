#include "interruption.hpp"

#include <atomic>
#include <csignal>
#include <unistd.h>

namespace driver {
namespace {

std::atomic<int> writes{0};   // in progress, over all threads
std::atomic<int> ending{0};   // the signal that ends the program, once it has come

void die_of(int signal) {
  std::signal(signal, SIG_DFL);
  std::raise(signal);  // within the handler: takes effect when that returns
}

// Either this sees a write that began before it, or the write sees that the program ends.
void on_signal(int signal) {
  const bool second = ending.exchange(signal) != 0;
  if (second || writes == 0)
    die_of(signal);
}

}  // namespace

void end_between_writes() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction action {};
    sigaction(signal, nullptr, &action);
    if (action.sa_handler == SIG_IGN)
      continue;
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    sigaction(signal, &action, nullptr);
  }
}

Write::Write() {
  ++writes;
  if (ending == 0)
    return;
  if (--writes == 0)
    die_of(ending);
  while (true)
    pause();  // another thread is writing its last row
}

Write::~Write() {
  if (--writes == 0 && ending != 0)
    die_of(ending);
}

}  // namespace driver
