#include "sim/event_queue.h"

namespace sim {

void EventQueue::push_elsewhere(const Event& e) {
  if (heap_)
    heap_->push(e);
  else
    shuffled_->push(e);
}

std::size_t EventQueue::bytes() const {
  return ladder_.bytes() + ties_.bytes() + (heap_ ? heap_->bytes() : 0) + (shuffled_ ? shuffled_->bytes() : 0);
}

}  // namespace sim
