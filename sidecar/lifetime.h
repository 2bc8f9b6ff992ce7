// Guards completions that may arrive after their object is gone.
//
// A member `Lifetime lifetime_;` declared last; `lifetime_.guard(f)` returns a callable that does
// nothing once the owner was destroyed. Thread: the loop's only.
#ifndef ROOMKEEPER_SIDECAR_LIFETIME_H_
#define ROOMKEEPER_SIDECAR_LIFETIME_H_

#include <memory>
#include <utility>

namespace roomkeeper::sidecar {

class Lifetime {
 public:
  Lifetime() = default;
  Lifetime(const Lifetime&) = delete;
  Lifetime& operator=(const Lifetime&) = delete;

  template <class Function>
  auto guard(Function function) const {
    return [token = std::weak_ptr<const char>(token_),
            function = std::move(function)](auto&&... values) mutable {
      if (token.expired()) return;
      function(std::forward<decltype(values)>(values)...);
    };
  }

 private:
  std::shared_ptr<const char> token_ = std::make_shared<const char>('\0');
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_LIFETIME_H_
