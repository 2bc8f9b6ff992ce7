#include "policies/subjects.h"

#include <algorithm>

namespace roomkeeper::policies {
namespace {

/// NATS refuses longer control lines long before; a reply subject of a real client has about 40
/// bytes.
constexpr std::size_t reply_length_max = 512;

/// Cuts the first token off `rest`. `rest` becomes nullopt after the last one.
std::string_view take_token(std::optional<std::string_view>& rest) {
  const std::string_view text = *rest;
  const auto dot = text.find('.');
  if (dot == std::string_view::npos) {
    rest.reset();
    return text;
  }
  rest = text.substr(dot + 1);
  return text.substr(0, dot);
}

bool is_valid_token(std::string_view token) {
  return !token.empty() && std::none_of(token.begin(), token.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= ' ' || byte == 0x7f || c == '*' || c == '>';
  });
}

/// The second to fourth byte of a character of UTF-8.
bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

}  // namespace

std::string Names::stream_of(const RoomId& room) const {
  return stream_prefix + room.text();
}

std::string Names::stream_subject(const RoomId& room) const {
  std::string subject;
  subject.reserve(chat_prefix.size() + room.text().size() + 3);
  subject.append(chat_prefix).append(1, '.').append(room.text()).append(".*");
  return subject;
}

std::string Names::publish_subject(const RoomId& room, std::string_view user) const {
  return chat_prefix + "." + room.text() + "." + std::string(user);
}

std::string Names::publish_pattern(const RoomId& room) const {
  return publish_subject(room, "{user}");
}

std::string Names::subscribe_subject(const RoomId& room) const {
  return stream_subject(room);
}

std::string Names::pool_stream(std::string_view pool) const {
  return pool_prefix + std::string(pool);
}

std::string Names::pool_subject(std::string_view pool) const {
  return chat_prefix + "." + std::string(pool) + ".*.*";
}

std::string Names::stream_of(const RoomId& room, std::string_view pool) const {
  return pool.empty() ? stream_of(room) : pool_stream(pool);
}

std::string Names::publish_subject(const RoomId& room, std::string_view pool,
                                   std::string_view user) const {
  if (pool.empty()) return publish_subject(room, user);
  std::string subject;
  subject.reserve(chat_prefix.size() + pool.size() + room.text().size() + user.size() + 3);
  subject.append(chat_prefix).append(1, '.').append(pool).append(1, '.');
  return subject.append(room.text()).append(1, '.').append(user);
}

std::string Names::publish_pattern(const RoomId& room, std::string_view pool) const {
  return publish_subject(room, pool, "{user}");
}

std::string Names::subscribe_subject(const RoomId& room, std::string_view pool) const {
  return publish_subject(room, pool, "*");
}

std::optional<std::string> Names::pool_of_stream(std::string_view stream) const {
  if (!stream.starts_with(pool_prefix)) return std::nullopt;
  stream.remove_prefix(pool_prefix.size());
  if (!is_name_token(stream)) return std::nullopt;
  return std::string(stream);
}

std::string_view Names::room_in_pool(std::string_view subject, std::string_view pool) const {
  const auto take = [&subject](std::string_view part) {
    const bool matches = subject.starts_with(part);
    if (matches) subject.remove_prefix(part.size());
    return matches;
  };
  if (!take(chat_prefix) || !take(".") || !take(pool) || !take(".")) return {};
  const std::string_view room = subject.substr(0, subject.find('.'));
  return room.size() < subject.size() ? room : std::string_view();
}

std::string Names::notice_subject(const UserId& user) const {
  return user_prefix + "." + user.text() + ".notice";
}

std::string Names::state_stream() const {
  return "KV_" + state_bucket;
}

std::optional<RoomId> Names::room_of_stream(std::string_view stream) const {
  if (!stream.starts_with(stream_prefix)) return std::nullopt;
  auto room = RoomId::parse(stream.substr(stream_prefix.size()));
  if (!room) return std::nullopt;
  return std::move(*room);
}

bool Names::is_trusted_reply(std::string_view reply) const {
  if (reply.size() > reply_length_max || !is_valid_subject(reply, false)) return false;
  return std::any_of(inbox_prefixes.begin(), inbox_prefixes.end(), [&](const std::string& prefix) {
    return !prefix.empty() && reply.size() > prefix.size() && reply.starts_with(prefix);
  });
}

bool is_valid_subject(std::string_view subject, bool allow_wildcards) {
  std::optional<std::string_view> rest = subject;
  while (rest) {
    const std::string_view token = take_token(rest);
    const bool is_wildcard = token == "*" || (token == ">" && !rest);
    if (!(is_wildcard ? allow_wildcards : is_valid_token(token))) return false;
  }
  return true;
}

bool subjects_overlap(std::string_view a, std::string_view b) {
  std::optional<std::string_view> rest_a = a;
  std::optional<std::string_view> rest_b = b;
  while (rest_a && rest_b) {
    const std::string_view token_a = take_token(rest_a);
    const std::string_view token_b = take_token(rest_b);
    if (token_a == ">" || token_b == ">") return true;
    if (token_a != "*" && token_b != "*" && token_a != token_b) return false;
  }
  return !rest_a && !rest_b;
}

bool subject_contains(std::string_view outer, std::string_view inner) {
  std::optional<std::string_view> rest_outer = outer;
  std::optional<std::string_view> rest_inner = inner;
  while (rest_outer && rest_inner) {
    const std::string_view token_outer = take_token(rest_outer);
    const std::string_view token_inner = take_token(rest_inner);
    if (token_outer == ">") return true;
    if (token_inner == ">") return false;
    if (token_outer != "*" && token_outer != token_inner) return false;
  }
  return !rest_outer && !rest_inner;
}

bool glob_matches(std::string_view pattern, std::string_view text) {
  // Only the last '*' seen can be worth trying again, so time is bounded by pattern size times text
  // size.
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_ends_at = 0;  // how much of the text that '*' has swallowed
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_ends_at = t;
    } else if (p < pattern.size() && pattern[p] == '?') {
      ++p;
      ++t;
      while (t < text.size() && continues_character(text[t])) ++t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++star_ends_at;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

}  // namespace roomkeeper::policies
