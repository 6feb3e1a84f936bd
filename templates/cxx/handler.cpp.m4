m4_include(common.m4)m4_include(c.m4)m4_dnl
M4_C_HEAD()m4_dnl
/* M4_NAME(): GET /api/sum?numbers=1,2,3 answers {"sum": 6, "largest": 6}, with the
 * largest sum since the start. */

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

#include "request.hpp"

namespace
{

using linkfunc::BadRequest;
using linkfunc::Request;

/* The whole text, or a BadRequest. */
std::int64_t parse_number(std::string_view text)
{
    std::int64_t number = 0;
    const char *end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);

    if (error == std::errc::result_out_of_range) {
        throw BadRequest("too large: " + std::string(text.substr(0, 40)));
    }
    if (error != std::errc() || stop != end) {
        throw BadRequest("not a number: " + std::string(text.substr(0, 40)));
    }
    return number;
}

std::int64_t sum(std::string_view numbers)
{
    std::int64_t total = 0;

    for (;;) {
        const auto comma = numbers.find(',');

        if (__builtin_add_overflow(total, parse_number(numbers.substr(0, comma)), &total)) {
            throw BadRequest("the sum is too large");
        }
        if (comma == std::string_view::npos) {
            return total;
        }
        numbers.remove_prefix(comma + 1);
    }
}

/* What all workers share; the lock goes with the scope, also by an exception. */
std::int64_t keep_largest(const Request &request, std::int64_t number)
{
    const linkfunc::Lock lock(request);
    void *shared_memory = request.shared_memory();
    auto *largest = static_cast<std::int64_t *>(ngx_link_func_cache_get(shared_memory, "largest"));

    if (largest == nullptr) {
        largest = static_cast<std::int64_t *>(ngx_link_func_cache_new(shared_memory, "largest", sizeof(*largest)));
        if (largest == nullptr) {
            throw std::runtime_error("shared memory is full; raise ngx_link_func_shm_size");
        }
        *largest = number;
    }
    if (*largest < number) {
        *largest = number;
    }
    return *largest;
}

void answer_sum(const Request &request)
{
    const auto numbers = request.query("numbers");

    if (!numbers) {
        throw BadRequest("numbers is missing");
    }
    const auto total = sum(*numbers);
    const auto largest = keep_largest(request, total);
    request.answer(200, "{\"sum\": " + std::to_string(total) + ", \"largest\": " + std::to_string(largest) + "}");
}

} // namespace

extern "C" {

void ngx_link_func_init_cycle(ngx_link_func_cycle_t *cycle)
{
    if (cycle->shared_mem == nullptr) {
        ngx_link_func_cyc_log(err, cycle, "%s", "sum: ngx_link_func_shm_size is not set");
        cycle->has_error = 1; /* every request is answered 503 */
    }
}

void ngx_link_func_exit_cycle(ngx_link_func_cycle_t *)
{
}

void sum_json(ngx_link_func_ctx_t *ctx)
{
    linkfunc::handle(ctx, answer_sum);
}

} // extern "C"
