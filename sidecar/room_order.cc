#include "sidecar/room_order.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "sidecar/admin_context.h"
#include "sidecar/folded_text.h"

namespace roomkeeper::sidecar {
namespace {

using api::ApiCode;

constexpr std::array<std::string_view, 6> key_names = {"id",    "title",        "messages",
                                                       "bytes", "last_message", "state"};
constexpr std::string_view hex_digits = "0123456789abcdef";

std::string_view name_of(SortKey key) {
  return key_names[static_cast<std::size_t>(key)];
}

std::string to_hex(std::string_view text) {
  std::string out;
  out.reserve(text.size() * 2);
  for (const char c : text) {
    const auto byte = static_cast<std::uint8_t>(c);
    out += hex_digits[byte >> 4U];
    out += hex_digits[byte & 0xFU];
  }
  return out;
}

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const std::size_t high = hex_digits.find(text[i]);
    const std::size_t low = hex_digits.find(text[i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
  }
  return out;
}

/// Takes what stands before the next colon; nullopt: there is none.
std::optional<std::string_view> take_part(std::string_view& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view part = text.substr(0, colon);
  text.remove_prefix(colon + 1);
  return part;
}

std::string order_name(const RoomOrder& order) {
  return (order.reversed ? "-" : "") + std::string(name_of(order.key));
}

/// Fills the cursor's place from the middle part; false when it is no place.
bool read_place(const RoomOrder& order, std::string_view part, RoomCursor& cursor) {
  if (part == "none") {
    cursor.missing = true;
    return true;
  }
  if (order.key == SortKey::title) {
    auto title = from_hex(part);
    if (title) cursor.text = *std::move(title);
    return title.has_value();
  }
  if (order.key == SortKey::id) return part.empty();
  const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), cursor.number);
  return error == std::errc() && end == part.data() + part.size() && !part.empty();
}

}  // namespace

bool RoomOrder::needs_stored() const {
  return key == SortKey::messages || key == SortKey::bytes || key == SortKey::last_message;
}

api::ApiResult<RoomOrder> parse_order(std::string_view text) {
  RoomOrder order;
  order.reversed = text.starts_with('-');
  if (order.reversed) text.remove_prefix(1);
  if (text.empty() && !order.reversed) return order;
  const auto found = std::find(key_names.begin(), key_names.end(), text);
  if (found == key_names.end()) {
    return refuse(ApiCode::bad_request,
                  "sort: id, title, messages, bytes, last_message or state expected, with - before "
                  "it to reverse");
  }
  order.key = static_cast<SortKey>(found - key_names.begin());
  return order;
}

RoomPlace place_of(const RoomOrder& order, const policies::RoomVerdict& verdict,
                   const policies::RoomSpec* room, const RoomStored& stored) {
  RoomPlace place;
  place.id = verdict.room.text();
  switch (order.key) {
    case SortKey::id:
      break;
    case SortKey::title:
      if (room != nullptr) place.text = room->title;
      place.missing = place.text.empty();
      break;
    case SortKey::messages:
      place.number = stored.messages;
      break;
    case SortKey::bytes:
      place.number = stored.bytes;
      break;
    case SortKey::last_message: {
      place.missing = !stored.last;
      const std::int64_t at = stored.last ? stored.last->time_since_epoch().count() : 0;
      place.number = static_cast<std::uint64_t>(std::max<std::int64_t>(at, 0));
      break;
    }
    case SortKey::state:
      place.number = static_cast<std::uint64_t>(verdict.state);
      break;
  }
  return place;
}

bool comes_before(const RoomOrder& order, const RoomPlace& a, const RoomPlace& b) {
  if (a.missing != b.missing) return b.missing;
  if (a.number != b.number) return (a.number < b.number) != order.reversed;
  const int texts = compare_folded(a.text, b.text);
  if (texts != 0) return (texts < 0) != order.reversed;
  const int ids = a.id.compare(b.id);
  return order.key == SortKey::id && order.reversed ? ids > 0 : ids < 0;
}

std::string cursor_of(const RoomOrder& order, const RoomPlace& place) {
  std::string text = order_name(order) + ":";
  if (place.missing) {
    text += "none";
  } else if (order.key == SortKey::title) {
    text += to_hex(place.text);
  } else if (order.key != SortKey::id) {
    text += std::to_string(place.number);
  }
  return text.append(1, ':').append(place.id);
}

api::ApiResult<RoomCursor> parse_cursor(const RoomOrder& order, std::string_view text) {
  const auto bad = [&order] {
    return refuse(ApiCode::bad_request,
                  "cursor: next_cursor of a listing with sort " + order_name(order) + " expected");
  };
  const auto sort = take_part(text);
  const auto place = take_part(text);
  if (!sort || !place || *sort != order_name(order) || !policies::is_name_token(text)) return bad();
  RoomCursor cursor;
  if (!read_place(order, *place, cursor)) return bad();
  cursor.id = text;
  return cursor;
}

FirstRooms::FirstRooms(const RoomOrder& order, std::size_t limit)
    : order_(order), most_(limit + 1) {}

void FirstRooms::offer(const Entry& entry) {
  if (full_ && !comes_before(order_, entry.place, kept_[most_ - 1].place)) return;
  kept_.push_back(entry);
  // Twice as many are kept before they are looked through, which makes that cheap for each of them.
  constexpr std::size_t least = 256;
  if (kept_.size() >= most_ + std::max(most_, least)) shrink();
}

void FirstRooms::shrink() {
  const auto last = kept_.begin() + static_cast<std::ptrdiff_t>(most_ - 1);
  std::nth_element(kept_.begin(), last, kept_.end(), [this](const Entry& a, const Entry& b) {
    return comes_before(order_, a.place, b.place);
  });
  kept_.resize(most_);
  full_ = true;
}

std::vector<FirstRooms::Entry> FirstRooms::take() {
  if (kept_.size() > most_) shrink();
  std::sort(kept_.begin(), kept_.end(), [this](const Entry& a, const Entry& b) {
    return comes_before(order_, a.place, b.place);
  });
  return std::exchange(kept_, {});
}

}  // namespace roomkeeper::sidecar
