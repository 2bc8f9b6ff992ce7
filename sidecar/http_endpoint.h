// The HTTP endpoint as the configuration wants it: its address, its login, its page.
//
// Called by main before the loop runs. What is given must outlive the server.
#ifndef ROOMKEEPER_SIDECAR_HTTP_ENDPOINT_H_
#define ROOMKEEPER_SIDECAR_HTTP_ENDPOINT_H_

#include <memory>
#include <string>

#include "config/config.h"
#include "metrics/http_server.h"
#include "metrics/page_source.h"
#include "sidecar/clock.h"
#include "sidecar/log.h"

namespace roomkeeper::sidecar {

/// Opens it and says so in the log. REQUIRES: config.port is not negative. Errors, with the
/// setting's name: unavailable, invalid, unsupported.
policies::Result<std::unique_ptr<metrics::HttpServer>> open_http_endpoint(
    const config::HttpConfig& config, const Clock& clock, const Log& log, metrics::Metrics& metrics,
    const metrics::Health& health, metrics::PageSource page);

/// What is wrong with the file of `http.basic_auth_file`, for `--check`; empty: nothing, or there
/// is none.
std::string login_file_problem(const config::HttpConfig& config);

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_HTTP_ENDPOINT_H_
