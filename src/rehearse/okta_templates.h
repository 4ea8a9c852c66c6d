#pragma once
// The texts from which made-up events are copied. Where something is different in each event stands a mark of the same
// length. Pure.

#include <random>
#include <string>
#include <string_view>

#include "rehearse/okta_event_types.h"

namespace hookline::rehearse {

/// Marks, each as long as what replaces it.
inline constexpr std::string_view uuid_mark = "<uuid------------------------------>";  // 36
inline constexpr std::string_view published_mark = "<published------------->";         // 24
inline constexpr std::string_view transaction_mark = "<transaction------------->";     // 26
inline constexpr std::string_view session_mark = "<session---------------->";          // 25
inline constexpr std::string_view serial_mark = "<serial-------->";                    // 16

/// One event's JSON with its marks. `spelled_out`: absent things are null, as newer orgs write them; else left out.
std::string okta_event_text(const OktaEventType& type, std::mt19937_64& dice, std::string_view hook_id,
                            bool spelled_out);

std::string okta_preview_text(const OktaEventType& type);

}  // namespace hookline::rehearse
