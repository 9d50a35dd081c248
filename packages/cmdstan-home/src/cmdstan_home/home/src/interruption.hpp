// Ends a run on Ctrl-C between two rows of its output, never within one.
#ifndef DRIVER_INTERRUPTION_HPP
#define DRIVER_INTERRUPTION_HPP

namespace driver {

// From here on a signal that asks the program to end (SIGINT, SIGTERM, SIGHUP) waits for the writes
// in progress and then ends it as it would by default; a second signal waits for nothing. Signals
// that whoever started the program chose to ignore stay ignored.
void end_between_writes();

// While one exists, the program writes: the kernel cuts a write of several pages short as soon as
// the signal that ends the process arrives, in whichever thread.
class Write {
 public:
  Write();
  ~Write();
  Write(const Write&) = delete;
  Write& operator=(const Write&) = delete;
};

}  // namespace driver
#endif
