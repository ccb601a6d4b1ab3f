// The decision to retry: Envoy's conditions one by one (each row of its table), then the limit.
#include "models/policy/retry.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

namespace {

using models::Outcome;
using models::RetryOn;
using models::RetryPolicy;
using models::RetryVerdict;

constexpr RetryOn kConditions[] = {
    RetryOn::FiveXx,           RetryOn::GatewayError,      RetryOn::Reset,        RetryOn::ResetBeforeRequest,
    RetryOn::ConnectFailure,   RetryOn::RefusedStream,     RetryOn::Retriable4xx, RetryOn::Cancelled,
    RetryOn::DeadlineExceeded, RetryOn::ResourceExhausted, RetryOn::Unavailable,  RetryOn::Internal};

RetryPolicy on(RetryOn condition) {
  RetryPolicy policy;
  policy.max = 2;
  policy.retry_on = static_cast<std::uint32_t>(condition);
  return policy;
}

RetryPolicy on_everything() {
  RetryPolicy policy;
  policy.max = 2;
  for (const RetryOn condition : kConditions) policy.retry_on |= static_cast<std::uint32_t>(condition);
  return policy;
}

// Exactly these conditions, each alone, retry the result.
void check_row(Outcome outcome, std::uint16_t status, const std::vector<RetryOn>& expected, bool grpc = false) {
  const auto speaking = [grpc](RetryPolicy policy) {
    policy.grpc = grpc;
    return policy;
  };
  CAPTURE(name_of(outcome));
  CAPTURE(status);
  for (const RetryOn condition : kConditions) {
    CAPTURE(static_cast<std::uint32_t>(condition));
    const bool listed = std::find(expected.begin(), expected.end(), condition) != expected.end();
    CHECK(retriable(speaking(on(condition)), outcome, status) == listed);
  }
  CHECK(retriable(speaking(on_everything()), outcome, status) == !expected.empty());
  CHECK_FALSE(retriable(RetryPolicy{}, outcome, status));
}

}  // namespace

TEST_CASE("a response is retried by its status: 5xx, gateway errors and conflicts") {
  using enum RetryOn;
  for (const Outcome outcome : {Outcome::Error, Outcome::Overflow}) {
    check_row(outcome, 500, {FiveXx});
    check_row(outcome, 501, {FiveXx});
    check_row(outcome, 502, {FiveXx, GatewayError});
    check_row(outcome, 503, {FiveXx, GatewayError});
    check_row(outcome, 504, {FiveXx, GatewayError});
    check_row(outcome, 505, {FiveXx});
    check_row(outcome, 599, {FiveXx});
    check_row(outcome, 409, {Retriable4xx});
    for (const int status : {400, 404, 408, 600}) check_row(outcome, static_cast<std::uint16_t>(status), {});
  }
}

TEST_CASE("trap 12: a gRPC error travels with HTTP 200: only gRPC conditions see it, and an HTTP 503 none") {
  using enum RetryOn;
  check_row(Outcome::Error, 500, {Internal}, true);
  check_row(Outcome::Error, 503, {Unavailable}, true);
  check_row(Outcome::Overflow, 503, {Unavailable}, true);
  check_row(Outcome::Error, 504, {DeadlineExceeded}, true);
  check_row(Outcome::Error, 429, {ResourceExhausted}, true);
  check_row(Outcome::Error, 499, {Cancelled}, true);
  check_row(Outcome::Error, 502, {}, true);
}

TEST_CASE("a 503 that a server's full queue made is a response like any other for its client") {
  CHECK(retriable(on(RetryOn::GatewayError), Outcome::Overflow, 503));
}

TEST_CASE("listed status codes are retried, and only those") {
  RetryPolicy policy;
  policy.max = 2;
  policy.status_codes = {503, 429};
  CHECK(retriable(policy, Outcome::Error, 503));
  CHECK(retriable(policy, Outcome::Error, 429));
  CHECK(retriable(policy, Outcome::Overflow, 503));
  CHECK_FALSE(retriable(policy, Outcome::Error, 500));
  CHECK_FALSE(retriable(policy, Outcome::Error, 0));  // the end of the list is not a code
  CHECK_FALSE(retriable(policy, Outcome::PerTryTimeout, 504));
  policy.status_codes = {504};
  CHECK_FALSE(retriable(policy, Outcome::PerTryTimeout, 504));  // a reset, not a response
}

TEST_CASE("a connection that cannot be made, breaks or is too slow counts as a reset, and a reset as a 5xx") {
  using enum RetryOn;
  check_row(Outcome::ConnectFailure, 503, {FiveXx, GatewayError, Reset, ResetBeforeRequest, ConnectFailure});
  check_row(Outcome::ConnectionTermination, 503, {FiveXx, GatewayError, Reset});
  check_row(Outcome::PerTryTimeout, 504, {FiveXx, GatewayError, Reset});
}

TEST_CASE("never retried: success, no replica, the end of all time, a caller that has gone") {
  check_row(Outcome::Ok, 200, {});
  check_row(Outcome::NoHealthy, 503, {});
  check_row(Outcome::Timeout, 504, {});
  check_row(Outcome::AppTimeout, 504, {});
  check_row(Outcome::Withdrawn, 0, {});
}

TEST_CASE("the limit comes after the condition") {
  const RetryPolicy policy = on(RetryOn::FiveXx);  // two retries
  CHECK(decide(policy, Outcome::Error, 500, 0) == RetryVerdict::Retry);
  CHECK(decide(policy, Outcome::Error, 500, 1) == RetryVerdict::Retry);
  CHECK(decide(policy, Outcome::Error, 500, 2) == RetryVerdict::LimitExceeded);
  CHECK(decide(policy, Outcome::Error, 404, 0) == RetryVerdict::No);
  CHECK(decide(policy, Outcome::Error, 404, 2) == RetryVerdict::No);
  CHECK(decide(policy, Outcome::Ok, 200, 2) == RetryVerdict::No);
}

TEST_CASE("a policy without retries never reaches a limit") {
  RetryPolicy policy = on(RetryOn::FiveXx);
  policy.max = 0;
  CHECK(decide(policy, Outcome::Error, 500, 0) == RetryVerdict::No);
}
