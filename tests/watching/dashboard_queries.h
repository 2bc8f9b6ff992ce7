// The queries of the dashboards as Prometheus gets them. Thread: any; nothing is kept.
#ifndef ROOMKEEPER_TESTS_WATCHING_DASHBOARD_QUERIES_H_
#define ROOMKEEPER_TESTS_WATCHING_DASHBOARD_QUERIES_H_

#include <string>
#include <string_view>
#include <vector>

namespace roomkeeper::testing {

struct DashboardQuery {
  std::string place;   ///< "rooms: Stored messages: legend"
  std::string text;    ///< as it stands in the dashboard, with variables
  std::string legend;  ///< with {{label}}
  std::string
      may_be_empty;  ///< why it may have no result where nothing is wrong; empty: it may not
};

/// Of all panels of all dashboards in the chart.
std::vector<DashboardQuery> dashboard_queries();
/// The query as Grafana would send it, for all jobs and instances and with this rate interval.
std::string without_variables(std::string query, std::string_view rate_interval);

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_WATCHING_DASHBOARD_QUERIES_H_
