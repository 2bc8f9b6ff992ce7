// The JSON members of capacity.h, for the codecs of what holds one.
#ifndef ROOMKEEPER_API_CAPACITY_FIELDS_H_
#define ROOMKEEPER_API_CAPACITY_FIELDS_H_

#include "api/capacity.h"
#include "api/json_fields.h"

namespace roomkeeper::api {

template <class Fields>
void describe(Fields& fields, Subject<Fields, CapacityLine>& value) {
  fields.field("resource", value.resource);
  fields.field("owner", value.owner);
  fields.field("whose", value.whose);
  fields.field("limit", value.limit);
  fields.field("used", value.used);
  fields.field("wanted", value.wanted);
  fields.field("missing", value.missing);
  fields.field("binding", value.binding);
  fields.field("text", value.text);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, CapacityView>& value) {
  fields.field("checked", value.checked);
  fields.field("account_known", value.account_known);
  fields.field("servers_known", value.servers_known);
  fields.field("doubts", value.doubts);
  fields.field("creates", value.creates);
  fields.field("fitting", value.fitting);
  fields.field("held", value.held);
  fields.field("levels", value.levels);
  fields.field("advice", value.advice);
}

}  // namespace roomkeeper::api

#endif  // ROOMKEEPER_API_CAPACITY_FIELDS_H_
