// The status page: its own files and its data (docs/operations.md, "The status page").
//
// Thread: any.
#ifndef ROOMKEEPER_METRICS_PAGE_ROUTES_H_
#define ROOMKEEPER_METRICS_PAGE_ROUTES_H_

#include <optional>
#include <string>
#include <string_view>

#include "metrics/http_routes.h"
#include "metrics/page_desk.h"

namespace roomkeeper::metrics {

/// One of the files of metrics/page, compiled in.
struct PageFile {
  std::string_view path;  ///< "/", "/page/page.js"
  std::string_view content_type;
  std::string_view content;
};
/// nullptr: there is none of this path.
const PageFile* find_page_file(std::string_view path);

/// `/` and all below `/page/`.
bool is_page_path(std::string_view path);
/// REQUIRES: is_page_path(request.path), and a method that was checked. 404 for what is not there.
HttpReply answer_page(const HttpRequest& request, PageDesk& desk);

/// match, state, sort, cursor. Errors: invalid, with a text for the one who wrote the query.
policies::Result<PageQuestion> parse_page_query(std::string_view query);

}  // namespace roomkeeper::metrics

#endif  // ROOMKEEPER_METRICS_PAGE_ROUTES_H_
