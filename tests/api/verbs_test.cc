// The table of verbs: complete, unique, and every example is what the program really reads and
// writes.
#include "api/verbs.h"

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/bulk.h"
#include "api/codec.h"
#include "api/connections.h"
#include "api/holds.h"
#include "api/jobs.h"
#include "api/limits.h"
#include "api/moves.h"
#include "api/reference.h"
#include "api/retention.h"
#include "api/state.h"

namespace roomkeeper::api {
namespace {

template <class Request, class Reply>
void expect_examples(Verb verb) {
  const VerbInfo& row = info(verb);
  const auto request = decode<Request>(row.request);
  EXPECT_TRUE(request) << row.name << ": " << (request ? "" : request.error().message);
  const auto reply = decode<Reply>(row.reply);
  ASSERT_TRUE(reply) << row.name << ": " << reply.error().message;
  // Nothing is missing from the example and nothing in it is made up.
  EXPECT_EQ(nlohmann::json::parse(row.reply), nlohmann::json::parse(encode(*reply))) << row.name;
}

TEST(Verbs, ExamplesAreReal) {
  expect_examples<NoRequest, StatusReply>(Verb::status);
  expect_examples<NoRequest, DoctorReply>(Verb::doctor);
  expect_examples<RoomListRequest, RoomListReply>(Verb::room_ls);
  expect_examples<RoomRequest, RoomView>(Verb::room_show);
  expect_examples<RoomRequest, ExplainReply>(Verb::room_explain);
  expect_examples<RoomWriteRequest, RoomView>(Verb::room_create);
  expect_examples<RoomWriteRequest, RoomView>(Verb::room_update);
  expect_examples<RoomRequest, RoomView>(Verb::room_rm);
  expect_examples<HoldRequest, HoldView>(Verb::room_hold);
  expect_examples<UnholdRequest, UnholdReply>(Verb::room_unhold);
  expect_examples<HoldListRequest, HoldListReply>(Verb::room_holds);
  expect_examples<PutRequest, PutReply>(Verb::room_put);
  expect_examples<ExportRequest, ExportReply>(Verb::room_export);
  expect_examples<ImportRequest, ImportReply>(Verb::room_import);
  expect_examples<AdoptRequest, AdoptReply>(Verb::room_adopt);
  expect_examples<ReleaseRequest, ReleaseReply>(Verb::room_release);
  expect_examples<MoveRequest, MoveView>(Verb::room_move);
  expect_examples<MoveListRequest, MoveListReply>(Verb::room_moves);
  expect_examples<PlanRequest, PlanReply>(Verb::plan);
  expect_examples<ApplyRequest, PassReply>(Verb::apply);
  expect_examples<PassRequest, PassReply>(Verb::pass);
  expect_examples<PurgeRequest, JobView>(Verb::purge);
  expect_examples<JobListRequest, JobListReply>(Verb::job_ls);
  expect_examples<JobShowRequest, JobReply>(Verb::job_show);
  expect_examples<JobRequest, JobView>(Verb::job_abort);
  expect_examples<DeadlineRequest, DeadlineReply>(Verb::deadline);
  expect_examples<RetentionRequest, RetentionReply>(Verb::retention);
  expect_examples<RoomRetentionRequest, RoomRetentionReply>(Verb::retention_room);
  expect_examples<ConnectionListRequest, ConnectionListReply>(Verb::connection_ls);
  expect_examples<KickRequest, KickReply>(Verb::connection_kick);
  expect_examples<ConnectionEventsRequest, ConnectionEventsReply>(Verb::connection_events);
  expect_examples<LimitShowRequest, LimitShowReply>(Verb::limit_show);
  expect_examples<LimitExplainRequest, LimitExplainReply>(Verb::limit_explain);
  expect_examples<BanAddRequest, BanAddReply>(Verb::ban_add);
  expect_examples<BanListRequest, BanListReply>(Verb::ban_ls);
  expect_examples<BanRemoveRequest, BanView>(Verb::ban_rm);
  expect_examples<StateExportRequest, StateExportReply>(Verb::state_export);
  expect_examples<StateImportRequest, StateImportReply>(Verb::state_import);
}

TEST(Verbs, EachHasItsRow) {
  ASSERT_EQ(verbs().size(), verb_count);
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < verb_count; ++i) {
    const auto verb = static_cast<Verb>(i);
    EXPECT_EQ(info(verb).verb, verb) << info(verb).name;
    EXPECT_EQ(parse_verb(info(verb).name), verb);
    EXPECT_TRUE(names.insert(info(verb).name).second) << info(verb).name;
    EXPECT_FALSE(info(verb).summary.empty()) << info(verb).name;
  }
  EXPECT_EQ(parse_verb("purge.all"), std::nullopt);
  EXPECT_EQ(parse_verb(""), std::nullopt);
}

TEST(Verbs, NamesAreSubjectTokensInLowerCase) {
  for (const VerbInfo& row : verbs()) {
    EXPECT_THAT(std::string(row.name), testing::MatchesRegex("[a-z]+(\\.[a-z]+)?"));
  }
}

TEST(ApiCodes, NamesAreUniqueAndReadBack) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < api_code_count; ++i) {
    const auto code = static_cast<ApiCode>(i);
    EXPECT_TRUE(names.insert(to_string(code)).second);
    EXPECT_EQ(parse_api_code(to_string(code)), code);
    EXPECT_GE(number(code), 400);
    EXPECT_LE(number(code), 599);
    EXPECT_FALSE(explain(code).empty());
  }
  EXPECT_EQ(parse_api_code("nonsense"), std::nullopt);
  EXPECT_EQ(number(ApiCode::room_not_found), 404);
  EXPECT_EQ(number(ApiCode::unsafe), 422);
}

TEST(Severities, ReadBack) {
  for (const Severity severity :
       {Severity::ok, Severity::info, Severity::warning, Severity::error}) {
    EXPECT_EQ(parse_severity(to_string(severity)), severity);
  }
  EXPECT_EQ(parse_severity("fatal"), std::nullopt);
}

/// docs/api.md holds what api_markdown() says; ROOMKEEPER_UPDATE_DOCS=1 writes it there.
TEST(ApiReference, TheDocumentIsInStep) {
  const std::string path = ROOMKEEPER_SOURCE_DIR "/docs/api.md";
  std::stringstream content;
  content << std::ifstream(path).rdbuf();
  std::string text = content.str();
  const std::string begin = "<!-- begin verbs -->\n";
  const std::string end = "<!-- end verbs -->";
  const std::size_t from = text.find(begin);
  const std::size_t to = text.find(end);
  ASSERT_NE(from, std::string::npos);
  ASSERT_NE(to, std::string::npos);
  const std::size_t start = from + begin.size();
  const std::string wanted = "\n" + api_markdown() + "\n";
  if (std::getenv("ROOMKEEPER_UPDATE_DOCS") != nullptr) {
    text.replace(start, to - start, wanted);
    std::ofstream(path) << text;
    return;
  }
  EXPECT_EQ(text.substr(start, to - start), wanted)
      << "run this test with ROOMKEEPER_UPDATE_DOCS=1";
}

}  // namespace
}  // namespace roomkeeper::api
