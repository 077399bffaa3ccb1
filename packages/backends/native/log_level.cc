// TensorFlow's library writes lines about the processor while it is loaded, before anyone can call it, and asks no variable
// first. This file is linked into a library of its own whose constructor runs before TensorFlow's (-z initfirst) and sets
// the level that TF_CPP_MIN_LOG_LEVEL asks for.
#include <cstdlib>

#include "absl/base/log_severity.h"
#include "absl/log/globals.h"

namespace absl {
ABSL_NAMESPACE_BEGIN
// Weak: a TensorFlow that keeps it to itself only talks more.
void SetMinLogLevel(LogSeverityAtLeast severity) __attribute__((weak));
ABSL_NAMESPACE_END
}  // namespace absl

__attribute__((constructor)) static void set_log_level() {
  const char *level = std::getenv("TF_CPP_MIN_LOG_LEVEL");
  if (level == nullptr || absl::SetMinLogLevel == nullptr) return;
  absl::SetMinLogLevel(static_cast<absl::LogSeverityAtLeast>(std::atoi(level)));
}
