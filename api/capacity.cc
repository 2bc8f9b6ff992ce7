#include "api/capacity.h"

#include "api/capacity_fields.h"

namespace roomkeeper::api {

std::string encode(const CapacityView& value) {
  return write_json(value);
}

template ApiResult<CapacityView> decode<CapacityView>(std::string_view json);

}  // namespace roomkeeper::api
