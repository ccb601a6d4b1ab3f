// What a trace needs to be read as a tree: who called whom, which try is whose, and where a try's time went so far.
// Records come before those they explain, so one pass that knows the identity of a root finds all that belongs to it.
//   called-by     call: the call; detail: identity of the work that makes it
//   branch-of     call: a parallel branch's work; detail: the work that it is a branch of
//   acts-by       call: the call; detail: number of the last change of policy that its client has
//   try-of        call: the try; detail: its call; owner: the callee's pod
//   app-try       call: the try; detail: tries of the application's own retries before it
//   spent-...     call: the try; detail: nanoseconds until now on the network, in proxies, in handshakes
//   not-retried   call: the call; detail: 0 no condition of retryOn matches, 1 no retries left, 2 refused by a budget
#include <algorithm>

#include "models/traffic/mesh.h"

namespace models {

void Mesh::link_call(const Call& call, sim::Key frame) {
  add_trace("called-by", call.key, call.pod, frame);
  const Config& config = configs_[call.config];
  add_trace("acts-by", call.key, call.pod, *std::max_element(config.begin(), config.end()));
}

void Mesh::link_try(const Call& call, sim::Key key, std::uint32_t pod) {
  add_trace("try-of", key, pod, call.key);
  if (call.outer_attempt > 0) add_trace("app-try", key, pod, call.outer_attempt);
}

void Mesh::link_parts(const Work& work) {
  const auto add = [&](const char* what, float spent) {
    add_trace(what, work.key, work.pod, static_cast<std::uint64_t>(spent < 0 ? 0 : spent));
  };
  add("spent-network", work.parts.network);
  add("spent-proxies", work.parts.sidecars);
  add("spent-connecting", work.parts.handshakes);
}

}  // namespace models
