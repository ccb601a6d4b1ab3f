#include "tools/meshsim/templates.h"

namespace meshsim {
namespace {

constexpr Template kTemplates[] = {
    {"shop", "three services, one of which turns slow; no mesh against a sidecar mesh",
     R"yaml(# yaml-language-server: $schema=meshsim.schema.json
# (write that file with `meshsim schema > meshsim.schema.json`, and your editor completes keys)
meshsim: 1
question: What do sidecars cost this shop, and what do they save when payment turns slow?

run: {duration: 60s, warmup: 10s, replications: 10}

# What exists. A service time is CPU work per request; `2ms` alone means exponential with that mean.
services:
  web:     {replicas: 3, serviceTime: 2ms, calls: [cart, payment]}   # in order; [[cart, payment]] would be in parallel
  cart:    {replicas: 2, serviceTime: 4ms}
  payment: {replicas: 2, serviceTime: {median: 6ms, p99: 30ms}, errors: 0.1%}

# Where requests come from: Poisson arrivals at the entry service.
traffic: {web: 300/s}

# What is intended, the same for every candidate.
policy:
  payment: {timeout: 250ms, retries: {max: 2, retryOn: [connect-failure, 5xx]}}   # max counts tries after the first

# Who enforces it. The first one is the baseline.
candidates: [none, library, sidecar]

# What happens during the run. t = 0 is the end of warm-up.
timeline:
  - {name: slow-payment, at: 20s, for: 20s, slow: payment, by: 4x}
)yaml"},
    {"canary", "a new version takes a share of the traffic, misbehaves and is pulled back",
     R"yaml(# yaml-language-server: $schema=meshsim.schema.json
meshsim: 1
question: A 10% canary of payment turns three times slower. What do callers notice until it is pulled back?

run: {duration: 90s, warmup: 10s, replications: 10}

services:
  web:
    replicas: 3
    serviceTime: 2ms
    calls: [payment/charge]
  payment:
    versions:                      # a version's own keys replace the service's
      v1: {replicas: 4}
      v2: {replicas: 1, errors: 0.5%}
    endpoints:
      charge: {serviceTime: {mean: 8ms, cv: 1.2}, idempotent: false}

traffic:
  - {name: shoppers, to: web, rate: 200/s}

policy:
  payment: {timeout: 500ms, split: {v1: 90%, v2: 10%}}

candidates: [library, sidecar]

timeline:
  - {name: slow-canary, at: 30s, for: 40s, slow: payment@v2, by: 3x}
  - {name: pull-back,   at: 50s, change: {payment: {split: {v1: 100%, v2: 0%}}}}
)yaml"},
    {"minimal", "one service, nothing else", R"yaml(# yaml-language-server: $schema=meshsim.schema.json
meshsim: 1
services: {web: {serviceTime: 5ms}}
traffic: {web: 100/s}
)yaml"},
};

}  // namespace

std::span<const Template> templates() { return kTemplates; }

}  // namespace meshsim
