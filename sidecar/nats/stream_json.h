// Streams on the wire: StreamConfig to JSON and back. Only fields that nats-server 2.10 and newer
// know are written (2.12 refuses unknown ones). Thread: any.
#ifndef ROOMKEEPER_SIDECAR_NATS_STREAM_JSON_H_
#define ROOMKEEPER_SIDECAR_NATS_STREAM_JSON_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "policies/observed.h"
#include "policies/result.h"
#include "sidecar/nats/jetstream.h"

namespace roomkeeper::sidecar::nats {

/// Body of STREAM.CREATE.
std::string create_body(const std::string& stream, const policies::StreamConfig& config,
                        std::uint64_t first_seq);

/// Body of STREAM.UPDATE: `raw_config` with the managed fields put in, everything of others kept. A
/// dangerous flag that can be switched off (allow_rollup_hdrs, delete markers) is. Errors: internal
/// (raw_config is no JSON object).
policies::Result<std::string> update_body(const std::string& stream, std::string_view raw_config,
                                          const policies::StreamConfig& config);

/// Body of STREAM.UPDATE: `raw_config` without our mark, everything else as it is. Errors: as
/// above.
policies::Result<std::string> release_body(std::string_view raw_config);

/// A reply that is one stream's info (CREATE, UPDATE, INFO). Errors: what the server said,
/// internal.
policies::Result<StreamInfo> parse_stream_info(std::string_view json);

/// A page of STREAM.NAMES. Errors: as above.
policies::Result<NamesPage> parse_names_page(std::string_view json);

}  // namespace roomkeeper::sidecar::nats

#endif  // ROOMKEEPER_SIDECAR_NATS_STREAM_JSON_H_
