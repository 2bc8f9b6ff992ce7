#include "metrics/page_routes.h"

#include <utility>

#include "metrics/label_text.h"
#include "metrics/query_text.h"

namespace roomkeeper::metrics {
namespace {

using policies::ErrorCode;
using policies::fail;
using policies::Result;

constexpr std::string_view json_type = "application/json; charset=utf-8";

/// Texts of ours, but they may quote the question.
std::string json_text(std::string_view text) {
  std::string json = "\"";
  for (const char c : clean_label(text)) {
    if (c == '"' || c == '\\') json += '\\';
    json += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return json + '"';
}

int status_of(ErrorCode code) {
  return code == ErrorCode::invalid ? 400 : 503;
}

HttpReply data(PageDesk& desk, PageQuestion question) {
  auto answer = desk.ask(std::move(question));
  if (answer) return {.status = 200, .body = std::move(*answer), .content_type = json_type};
  return {.status = status_of(answer.error().code),
          .body = "{\"error\":" + json_text(answer.error().text) + "}",
          .content_type = json_type};
}

}  // namespace

Result<PageQuestion> parse_page_query(std::string_view query) {
  PageQuestion question;
  const auto parameters = parse_query(query, {"match", "state", "sort", "cursor"}, page_value_max);
  if (!parameters) return policies::pass(parameters.error());
  for (const auto& [key, value] : *parameters) {
    (key == "match"   ? question.match
     : key == "state" ? question.state
     : key == "sort"  ? question.sort
                      : question.cursor) = value;
  }
  return question;
}

bool is_page_path(std::string_view path) {
  return path == "/" || path.starts_with("/page/");
}

HttpReply answer_page(const HttpRequest& request, PageDesk& desk) {
  if (const PageFile* file = find_page_file(request.path)) {
    return {.status = 200,
            .body = std::string(file->content),
            .content_type = file->content_type,
            .is_page = true};
  }
  if (request.path == "/page/status.json") return data(desk, {});
  if (request.path == "/page/rooms.json") {
    auto question = parse_page_query(request.query);
    if (!question) {
      return {.status = 400,
              .body = "{\"error\":" + json_text(question.error().text) + "}",
              .content_type = json_type};
    }
    question->subject = PageSubject::rooms;
    return data(desk, std::move(*question));
  }
  return {404, "not found\n"};
}

}  // namespace roomkeeper::metrics
