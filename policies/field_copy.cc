#include "policies/field_copy.h"

#include <utility>

namespace roomkeeper::policies {

void copy_field(Field field, const StreamConfig& stream, StreamConfig& target) {
  const StreamSettings& from = stream.settings;
  StreamSettings& to = target.settings;
  switch (field) {
    case Field::subjects:
      target.subjects = stream.subjects;
      break;
    case Field::storage:
      to.storage = from.storage;
      break;
    case Field::replicas:
      to.replicas = from.replicas;
      break;
    case Field::max_age:
      target.max_age = stream.max_age;
      break;
    case Field::max_messages:
      to.max_messages = from.max_messages;
      break;
    case Field::max_bytes:
      to.max_bytes = from.max_bytes;
      break;
    case Field::max_message_size:
      to.max_message_size = from.max_message_size;
      break;
    case Field::max_messages_per_subject:
      to.max_messages_per_subject = from.max_messages_per_subject;
      break;
    case Field::on_full:
      to.on_full = from.on_full;
      break;
    case Field::retention:
      to.retention = from.retention;
      break;
    case Field::max_consumers:
      to.max_consumers = from.max_consumers;
      break;
    case Field::duplicate_window:
      to.duplicate_window = from.duplicate_window;
      break;
    case Field::compression:
      to.compression = from.compression;
      break;
    case Field::placement:
      to.placement = from.placement;
      break;
    case Field::retention_rule:
      if (target.mark && stream.mark) target.mark->retention = stream.mark->retention;
      break;
    case Field::mark:
      if (target.mark && stream.mark) {
        std::string retention = std::move(target.mark->retention);
        target.mark = stream.mark;
        target.mark->retention = std::move(retention);
      }
      break;
    case Field::traits:
      break;  // not a part of the configuration that we set
  }
}

}  // namespace roomkeeper::policies
