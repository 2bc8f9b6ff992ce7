// The JSON members of LimitView, for the codecs of what holds one.
#ifndef ROOMKEEPER_API_LIMIT_FIELDS_H_
#define ROOMKEEPER_API_LIMIT_FIELDS_H_

#include "api/json_fields.h"
#include "api/limits.h"

namespace roomkeeper::api {

template <class Fields>
void describe(Fields& fields, Subject<Fields, LimitView>& value) {
  fields.field("limit", value.limit);
  fields.field("of", value.of);
  fields.field("used", value.used);
  fields.field("admins", value.admins);
  fields.field("max", value.max);
  fields.field("reserved_for_admins", value.reserved_for_admins);
  fields.field("on_limit", value.on_limit);
  fields.field("enforce_now", value.enforce_now);
  fields.field("headroom", value.headroom);
  fields.field("rule", value.rule);
  fields.field("origin", value.origin);
}

}  // namespace roomkeeper::api

#endif  // ROOMKEEPER_API_LIMIT_FIELDS_H_
