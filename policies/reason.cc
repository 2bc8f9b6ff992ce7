#include "policies/reason.h"

#include <algorithm>

namespace roomkeeper::policies {
namespace {

struct Entry {
  Reason reason;
  std::string_view name;
  std::string_view sentence;
};

constexpr std::array<Entry, reason_count> entries = {{
    {Reason::ok, "ok", "the server holds what was asked"},
    {Reason::room_missing, "room_missing", "the room is wanted and has no stream yet"},
    {Reason::room_lost, "room_lost",
     "the room's stream was there and is gone: deleted by hand or lost with the server's store"},
    {Reason::settings_changed, "settings_changed",
     "the configuration asks for something else than was last applied"},
    {Reason::drift, "drift", "the stream differs from the configuration and is brought back to it"},
    {Reason::adopted, "adopted", "an unmarked stream of the room's name is taken over"},
    {Reason::not_wanted, "not_wanted",
     "the file that named the room was read and no longer names it"},
    {Reason::removed_by_api, "removed_by_api", "the room's removal was asked for through the API"},
    {Reason::moved, "moved",
     "the room's messages are complete in their new place; the old one goes"},
    {Reason::released, "released",
     "released with `roomctl room release`; the stream stays as it is"},
    {Reason::not_observed, "not_observed", "no complete listing of the server's streams yet"},
    {Reason::lossy_change, "lossy_change",
     "the change would end stored messages earlier; it waits for `roomctl apply --allow-lossy`"},
    {Reason::immutable_field, "immutable_field",
     "the server cannot change this on a stream that exists"},
    {Reason::foreign_instance, "foreign_instance",
     "the stream is marked by another Roomkeeper instance"},
    {Reason::unmarked_stream, "unmarked_stream",
     "a stream of the room's name exists and `adopt` does not allow taking it over"},
    {Reason::incompatible_stream, "incompatible_stream",
     "a stream of the room's name exists and can never be taken over"},
    {Reason::subject_overlap, "subject_overlap", "another stream holds the room's subjects"},
    {Reason::owner_conflict, "owner_conflict",
     "a file and the API both define the room; the file is in force"},
    {Reason::orphaned, "orphaned", "the room is no longer wanted; its stream is kept"},
    {Reason::not_empty, "not_empty",
     "the room is no longer wanted; its stream is kept because it holds messages"},
    {Reason::removal_guard, "removal_guard",
     "more removals are wanted than one hour allows; somebody should look"},
    {Reason::observation_incomplete, "observation_incomplete",
     "the listing of the server's streams is not complete"},
    {Reason::desired_incomplete, "desired_incomplete",
     "not everything that may name rooms could be read"},
    {Reason::layout_change, "layout_change",
     "the room's messages are in another place than is wanted; it waits for `roomctl room move`"},
    {Reason::moving, "moving", "the room's messages are being copied to their new place"},
    {Reason::never_defined, "never_defined",
     "messages in a pool of a room that nothing ever defined; they are kept"},
    {Reason::no_capacity, "no_capacity",
     "it does not fit the limits of the account or the server; nothing is made"},
    {Reason::server_refused, "server_refused", "the server answered with an error"},
    {Reason::server_timeout, "server_timeout", "the server did not answer in time"},
    {Reason::midnight, "midnight", "a local midnight has passed"},
    {Reason::made_up, "made_up", "a local midnight passed while nobody watched"},
    {Reason::manual, "manual", "asked for with `roomctl purge`"},
    {Reason::clock_skew, "clock_skew",
     "our clock and the server's differ by more than 60 s; nothing is purged"},
    {Reason::unsafe_cut, "unsafe_cut", "a check before the purge failed; nothing is purged"},
    {Reason::stream_recreated, "stream_recreated",
     "the stream is not the one that was looked at; nothing is purged"},
    {Reason::job_aborted, "job_aborted", "ended with `roomctl job abort`"},
    {Reason::job_failed, "job_failed", "the job could not go on; what was not done is as it was"},
    {Reason::job_resumed, "job_resumed", "Roomkeeper was restarted in the middle; the job goes on"},
    {Reason::newer_than_job, "newer_than_job",
     "the stream was made after the job was asked for; nothing of it is purged"},
    {Reason::hold_asked, "hold_asked", "asked for with `roomctl room hold`"},
    {Reason::hold_ended, "hold_ended", "ended with `roomctl room unhold`"},
    {Reason::hold_copying, "hold_copying",
     "the copy of a hold is being made; nothing of the room is purged until it is complete"},
    {Reason::hold_behind, "hold_behind",
     "the copy of a hold does not have everything yet that would go; nothing is deleted"},
    {Reason::asked_by_admin, "asked_by_admin", "asked for through the admin API"},
    {Reason::file_changed, "file_changed", "the configuration or a file that it names has changed"},
    {Reason::consent_given, "consent_given",
     "`roomctl apply --allow-lossy` agreed to a change that deletes messages"},
    {Reason::evict_oldest, "evict_oldest", "over the limit: the oldest connection goes"},
    {Reason::reject_new, "reject_new", "over the limit: the newest connection goes"},
    {Reason::kicked_by_admin, "kicked_by_admin", "asked for with `roomctl connection kick`"},
    {Reason::server_silent, "server_silent", "a server did not answer; nobody is kicked"},
    {Reason::first_look, "first_look", "the first round only looks; nobody is kicked"},
    {Reason::rate_limited, "rate_limited", "too many kicks or too soon after the last one; later"},
    {Reason::limit_lowered, "limit_lowered",
     "the limit was lowered without enforce_now; those inside stay until they leave"},
    {Reason::banned, "banned", "the user is banned; every connection of theirs goes"},
    {Reason::ban_asked, "ban_asked", "asked for with `roomctl ban add`"},
    {Reason::ban_ended, "ban_ended", "ended with `roomctl ban rm`"},
    {Reason::ban_expired, "ban_expired", "the time of the ban is over"},
    {Reason::lease_free, "lease_free", "nobody has ever held the lease"},
    {Reason::lease_expired, "lease_expired",
     "the last leader was not heard of for as long as its lease lasts"},
    {Reason::lease_released, "lease_released", "the last leader has handed over"},
    {Reason::lease_lost, "lease_lost",
     "the lease could not be renewed in time, or another replica took it"},
    {Reason::leader_elsewhere, "leader_elsewhere", "another replica holds the lease"},
    {Reason::older_configuration, "older_configuration",
     "the last leader had a newer configuration than this replica"},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (static_cast<std::size_t>(entries[i].reason) != i) return false;
  }
  return true;
}
static_assert(in_order(), "entries stand in the order of the enumerators");

constexpr const Entry& entry(Reason reason) {
  return entries[std::min(static_cast<std::size_t>(reason), entries.size() - 1)];
}

}  // namespace

std::string_view to_string(Reason reason) {
  return entry(reason).name;
}

std::string_view explain(Reason reason) {
  return entry(reason).sentence;
}

std::optional<Reason> parse_reason(std::string_view name) {
  const auto* const found =
      std::find_if(entries.begin(), entries.end(), [&](const Entry& e) { return e.name == name; });
  if (found == entries.end()) return std::nullopt;
  return found->reason;
}

}  // namespace roomkeeper::policies
