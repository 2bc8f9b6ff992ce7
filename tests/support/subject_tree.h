// Patterns by token, so that finding what matches one subject among 10,000 streams does not look at
// all of them.
#ifndef ROOMKEEPER_TESTS_SUPPORT_SUBJECT_TREE_H_
#define ROOMKEEPER_TESTS_SUPPORT_SUBJECT_TREE_H_

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/subject_pattern.h"

namespace roomkeeper::testing {

/// A multimap from pattern to value. Visiting order is fixed: literal before `*` before `>`, then
/// order of insertion.
template <class T>
class SubjectTree {
 public:
  void insert(std::string_view pattern, T value) {
    Node* node = &root_;
    for (const auto token : subject_tokens(pattern)) {
      auto& next = node->next[std::string(token)];
      if (!next) next = std::make_unique<Node>();
      node = next.get();
    }
    node->values.push_back(std::move(value));
  }

  /// Removes one equal value of exactly this pattern. Emptied nodes go too: inboxes come and go by
  /// the thousand.
  void erase(std::string_view pattern, const T& value) {
    erase(root_, subject_tokens(pattern), 0, value);
  }

  /// visit(const T&) for each value whose pattern matches the literal subject.
  template <class Visit>
  void match(std::string_view literal, Visit&& visit) const {
    match(root_, subject_tokens(literal), 0, visit);
  }

  /// True when `accept(const T&)` holds for a value whose pattern overlaps `pattern`.
  template <class Accept>
  bool any_overlap(std::string_view pattern, Accept&& accept) const {
    return any_overlap(root_, subject_tokens(pattern), 0, accept);
  }

 private:
  using Tokens = std::vector<std::string_view>;
  struct Node {
    std::map<std::string, std::unique_ptr<Node>, std::less<>> next;
    std::vector<T> values;
  };

  static const Node* child(const Node& node, std::string_view token) {
    const auto found = node.next.find(token);
    return found == node.next.end() ? nullptr : found->second.get();
  }

  static void erase(Node& node, const Tokens& tokens, std::size_t at, const T& value) {
    if (at == tokens.size()) {
      const auto found = std::find(node.values.begin(), node.values.end(), value);
      if (found != node.values.end()) node.values.erase(found);
      return;
    }
    const auto found = node.next.find(tokens[at]);
    if (found == node.next.end()) return;
    erase(*found->second, tokens, at + 1, value);
    if (found->second->values.empty() && found->second->next.empty()) node.next.erase(found);
  }

  template <class Visit>
  static void match(const Node& node, const Tokens& tokens, std::size_t at, Visit& visit) {
    if (at == tokens.size()) {
      for (const T& value : node.values) visit(value);
      return;
    }
    if (const Node* next = child(node, tokens[at])) match(*next, tokens, at + 1, visit);
    if (const Node* next = child(node, "*")) match(*next, tokens, at + 1, visit);
    if (const Node* next = child(node, ">")) {
      for (const T& value : next->values) visit(value);
    }
  }

  template <class Accept>
  static bool any_value(const Node& node, Accept& accept) {
    return std::any_of(node.values.begin(), node.values.end(), accept);
  }

  template <class Accept>
  static bool any_below(const Node& node, Accept& accept) {
    return std::any_of(node.next.begin(), node.next.end(), [&](const auto& entry) {
      return any_value(*entry.second, accept) || any_below(*entry.second, accept);
    });
  }

  template <class Accept>
  static bool any_overlap(const Node& node, const Tokens& tokens, std::size_t at, Accept& accept) {
    if (at == tokens.size()) return any_value(node, accept);
    if (tokens[at] == ">") return any_below(node, accept);
    if (const Node* rest = child(node, ">"); rest != nullptr && any_value(*rest, accept))
      return true;
    if (tokens[at] == "*") {
      return std::any_of(node.next.begin(), node.next.end(), [&](const auto& entry) {
        return entry.first != ">" && any_overlap(*entry.second, tokens, at + 1, accept);
      });
    }
    for (const std::string_view token : {tokens[at], std::string_view("*")}) {
      const Node* next = child(node, token);
      if (next != nullptr && any_overlap(*next, tokens, at + 1, accept)) return true;
    }
    return false;
  }

  Node root_;
};

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SUPPORT_SUBJECT_TREE_H_
