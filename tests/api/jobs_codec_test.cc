// JSON of purge jobs: what is written is what is read, and a record is read strictly.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/codec.h"
#include "api/jobs.h"
#include "tests/api/wire_samples.h"

namespace roomkeeper::api {
namespace {

using ::testing::HasSubstr;

JobView some_job() {
  JobView job;
  job.id = "20261122-155301-01";
  job.dry_run = false;
  job.selection = {.rooms = {"a", "b"},
                   .match = "*",
                   .template_name = "archive",
                   .user = "bob",
                   .before_time = some_time,
                   .before_seq = 7,
                   .keep = 3};
  job.rate = 12;
  job.who = "\x01 \xff 가";
  job.created = some_time;
  job.ended = some_time;
  job.state = "done_with_failures";
  job.reason = "job_failed";
  job.detail = "why";
  job.rooms = 9;
  job.rooms_done = 4;
  job.rooms_skipped = 3;
  job.rooms_failed = 2;
  job.messages = 18'446'744'073'709'551'615ULL;
  job.stored = 5;
  job.at_least = true;
  job.resumed = 1;
  return job;
}

TEST(JobsCodec, ARequestIsWhatItWas) {
  PurgeRequest request;
  request.selection = some_job().selection;
  request.rate = 5;
  request.dry_run = false;
  const PurgeRequest read = round_trip(request);
  EXPECT_EQ(read.selection, request.selection);
  EXPECT_EQ(read.rate, 5U);
  EXPECT_FALSE(read.dry_run);
  EXPECT_TRUE(decode<PurgeRequest>("{}")->dry_run);
}

TEST(JobsCodec, ARequestIsReadStrictly) {
  for (const char* json :
       {R"({"keep": 0})", R"({"keep": -1})", R"({"before_seq": 0})", R"({"before_seq": "4"})",
        R"({"rate": 1000001})", R"({"users": "bob"})", R"({"rooms": "general"})",
        R"({"room": "general"})", R"({"dry_run": "no"})", R"({"before_time": "yesterday"})"}) {
    EXPECT_FALSE(decode<PurgeRequest>(json)) << json;
  }
  EXPECT_FALSE(decode<JobShowRequest>("{}"));
  EXPECT_FALSE(decode<JobShowRequest>(R"({"job": "x", "limit": 0})"));
  EXPECT_FALSE(decode<JobListRequest>(R"({"limit": 101})"));
  EXPECT_FALSE(decode<JobRequest>("{}"));
}

TEST(JobsCodec, ARecordIsWhatItWas) {
  const JobRecord record{
      .job = some_job(), .cursor = "b", .failures = {{"a", "server_refused", "no"}}};
  const JobRecord read = round_trip(record);
  EXPECT_EQ(read.job.selection, record.job.selection);
  EXPECT_EQ(read.job.messages, record.job.messages);
  EXPECT_EQ(read.job.created, record.job.created);
  EXPECT_EQ(read.job.ended, record.job.ended);
  EXPECT_EQ(read.job.at_least, true);
  EXPECT_EQ(read.cursor, "b");
  ASSERT_EQ(read.failures.size(), 1U);
  EXPECT_EQ(read.failures[0].reason, "server_refused");
}

TEST(JobsCodec, ARecordWithAFieldThatIsNotKnownIsNotRead) {
  // It might narrow the job: without it too much would go.
  JobRecord record{.job = some_job(), .cursor = "b", .failures = {}};
  std::string json = encode(record);
  const std::size_t at = json.find("\"user\"");
  ASSERT_NE(at, std::string::npos);
  json.insert(at, "\"not_user\":\"alice\",");
  const auto read = decode<JobRecord>(json);
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr("not_user"));
  EXPECT_FALSE(decode<JobRecord>(R"({"job":{},"cursor":""})"));
  EXPECT_FALSE(decode<JobRecord>(R"({"cursor":""})"));
}

TEST(JobsCodec, StatesHaveNames) {
  for (std::size_t i = 0; i < job_state_count; ++i) {
    const auto state = static_cast<JobState>(i);
    EXPECT_EQ(parse_job_state(to_string(state)), state);
  }
  EXPECT_EQ(parse_job_state("unreadable"), std::nullopt);
  EXPECT_FALSE(has_ended(JobState::aborting));
  EXPECT_TRUE(has_ended(JobState::aborted));
}

}  // namespace
}  // namespace roomkeeper::api
