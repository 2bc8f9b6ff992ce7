// Why: the one enum that the log, the metric label, `roomctl` and the tests all read.
//
// Every change the program makes, and every change it declines to make, carries a Reason. The names
// that to_string returns are stable: dashboards and scripts match on them.
#ifndef ROOMKEEPER_POLICIES_REASON_H_
#define ROOMKEEPER_POLICIES_REASON_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace roomkeeper::policies {

enum class Reason : std::uint8_t {
  ok,  ///< the server was seen to hold what was asked
  // Provisioning: why a stream is made, changed or removed.
  room_missing,      ///< wanted, and the server has never had it
  room_lost,         ///< was there, and is gone: deleted by hand or lost with the server's store
  settings_changed,  ///< the configuration asks for something else than was last applied
  drift,             ///< somebody changed the stream; it is brought back
  adopted,           ///< an unmarked stream of the same name was taken over
  not_wanted,        ///< the room's file was read without error and no longer names it
  removed_by_api,    ///< the room's removal was asked for through the API
  moved,             ///< the room's messages are complete in their new place; the old one goes
  released,          ///< `roomctl room release`: the mark is taken off, the stream stays
  // Provisioning: why nothing is done.
  not_observed,         ///< no complete listing yet
  lossy_change,         ///< would bring a stored message's end forward; waits for consent
  immutable_field,      ///< the server cannot change it on a stream that exists
  foreign_instance,     ///< the stream is marked by another instance
  unmarked_stream,      ///< a stream of that name exists and `adopt` does not allow taking it
  incompatible_stream,  ///< the unmarked stream can never be adopted (sealed, mirror, rollups, TTL,
                        ///< ...)
  subject_overlap,      ///< another stream holds the room's subjects
  owner_conflict,       ///< a file and the API both define the room; the file wins
  orphaned,             ///< no longer wanted; kept because `on_removal: orphan`
  not_empty,            ///< no longer wanted; kept because it holds messages (`delete_if_empty`)
  removal_guard,        ///< too many removals in an hour; needs a person
  observation_incomplete,  ///< a listing had missing streams or a page failed
  desired_incomplete,  ///< a file could not be read, or the state bucket is missing or too young
  layout_change,       ///< its messages are in another place than wanted; waits for `room move`
  moving,              ///< its messages are being copied to their new place
  never_defined,       ///< messages in a pool of a room that nothing ever defined; kept
  no_capacity,         ///< it would not fit the account's or the server's limits
  server_refused,      ///< the server answered with an error
  server_timeout,      ///< the server did not answer
  // Retention.
  midnight,          ///< a boundary moved
  made_up,           ///< a boundary that moved while nobody watched
  manual,            ///< `roomctl purge`
  clock_skew,        ///< our clock and the server's differ by more than 60 s: no purge
  unsafe_cut,        ///< a check before the purge failed: no purge
  stream_recreated,  ///< the stream is not the one the cut was made for: no purge
  // Purge jobs.
  job_aborted,     ///< `roomctl job abort`
  job_failed,      ///< it could not go on; what was not done stays as it was
  job_resumed,     ///< the daemon was restarted in the middle; the job goes on
  newer_than_job,  ///< the stream was made after the job was asked for: nothing of it is meant
  // Holds.
  hold_asked,    ///< `roomctl room hold`
  hold_ended,    ///< `roomctl room unhold`
  hold_copying,  ///< the copy of a hold is being made: no purge of the room until it is complete
  hold_behind,   ///< the copy does not hold yet what would be deleted: no purge, no removal
  // Audit: why somebody's action changed something.
  asked_by_admin,  ///< a verb of the admin API
  file_changed,    ///< the configuration or a file that it names was read again
  consent_given,   ///< `roomctl apply --allow-lossy`
  // Connection limits.
  evict_oldest,     ///< over the limit: the oldest goes
  reject_new,       ///< over the limit: the newest goes
  kicked_by_admin,  ///< `roomctl connection kick`
  server_silent,    ///< a server did not answer: nobody is kicked in that pass
  first_look,       ///< the first round only looks
  rate_limited,     ///< kicks per second or the offender's interval say: later
  limit_lowered,    ///< above a limit that was lowered; those inside stay (`enforce_now: false`)
  banned,           ///< the user is banned: every connection goes
  ban_asked,        ///< `roomctl ban add`
  ban_ended,        ///< `roomctl ban rm`
  ban_expired,      ///< its time is over
  // Leadership: why this replica leads, or why it does not.
  lease_free,           ///< nobody has ever held the lease
  lease_expired,        ///< the last leader was not heard of for as long as its lease lasts
  lease_released,       ///< the last leader handed over: a clean stop or `roomctl leader step-down`
  lease_lost,           ///< this one could not renew its lease in time, or another took it
  leader_elsewhere,     ///< another replica holds the lease
  older_configuration,  ///< the last leader had a newer configuration: this one must not lead
};

inline constexpr std::size_t reason_count =
    static_cast<std::size_t>(Reason::older_configuration) + 1;

/// The stable name: the enumerator's own.
std::string_view to_string(Reason reason);
/// One short sentence for a person.
std::string_view explain(Reason reason);
std::optional<Reason> parse_reason(std::string_view name);

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_REASON_H_
