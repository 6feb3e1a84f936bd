m4_include(common.m4)m4_include(c.m4)m4_dnl
M4_C_HEAD()m4_dnl
/* C++ around one call of a handler: what is acquired is released, and an
 * exception becomes an answer.  NGINX is C, so none may ever leave a handler. */

#ifndef REQUEST_HPP
#define REQUEST_HPP

#include <cstdint>
#include <exception>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include <ngx_link_func_module.h>

namespace linkfunc
{

/* What the client did wrong; becomes a 400 with this text. */
class BadRequest : public std::runtime_error
{
  public:
    using std::runtime_error::runtime_error;
};

/* `text` for the inside of a JSON string.  What is not printable ASCII becomes
 * \u00XX, so that the answer is valid JSON whatever came. */
inline std::string json_escape(std::string_view text)
{
    static constexpr char digits[] = "0123456789abcdef";
    std::string escaped;

    for (const unsigned char byte : text) {
        if (byte == '"' || byte == '\\') {
            escaped += '\\';
            escaped += static_cast<char>(byte);
        } else if (byte < 0x20 || byte > 0x7e) {
            escaped += "\\u00";
            escaped += digits[byte >> 4];
            escaped += digits[byte & 15];
        } else {
            escaped += static_cast<char>(byte);
        }
    }
    return escaped;
}

/* Borrows the context: it lives as long as the call, and so must this. */
class Request
{
  public:
    explicit Request(ngx_link_func_ctx_t *ctx) noexcept : ctx_(ctx)
    {
    }

    Request(const Request &) = delete;
    Request &operator=(const Request &) = delete;

    /* The decoded query argument; none when it is absent. */
    std::optional<std::string_view> query(std::string_view name) const
    {
        ngx_link_func_str_t value;

        switch (ngx_link_func_get_query_arg(ctx_, name.data(), name.size(), &value)) {
        case NGX_LINK_FUNC_OK:
            return std::string_view(reinterpret_cast<const char *>(value.data), value.len);
        case NGX_LINK_FUNC_NOT_FOUND:
            return std::nullopt;
        default:
            throw std::bad_alloc();
        }
    }

    void answer(std::uintptr_t status, std::string_view json) const noexcept
    {
        static constexpr std::string_view type = ngx_link_func_content_type_json;

        ngx_link_func_write_resp_l(ctx_, status, nullptr, 0, type.data(), type.size(), json.data(), json.size());
    }

    void log_error(const char *text) const noexcept
    {
        ngx_link_func_log_err(ctx_, text);
    }

    void *shared_memory() const noexcept
    {
        return ctx_->shared_mem;
    }

  private:
    ngx_link_func_ctx_t *ctx_;
};

/* Holds the lock of shared memory for as long as it lives. */
class Lock
{
  public:
    explicit Lock(const Request &request) noexcept : shared_memory_(request.shared_memory())
    {
        ngx_link_func_shmtx_lock(shared_memory_);
    }

    ~Lock()
    {
        ngx_link_func_shmtx_unlock(shared_memory_);
    }

    Lock(const Lock &) = delete;
    Lock &operator=(const Lock &) = delete;

  private:
    void *shared_memory_;
};

inline void answer_bad_request(const Request &request, const BadRequest &error) noexcept
{
    try {
        request.answer(400, "{\"error\": \"" + json_escape(error.what()) + "\"}");
    } catch (...) {
        request.answer(400, "{\"error\": \"bad request\"}");
    }
}

/* Runs the body of a handler, which gets the Request.  The client learns
 * nothing of an error that is not its own; the log does. */
template <typename Body> void handle(ngx_link_func_ctx_t *ctx, Body body) noexcept
{
    const Request request(ctx);

    try {
        body(request);
        return;
    } catch (const BadRequest &error) {
        answer_bad_request(request, error);
        return;
    } catch (const std::exception &error) {
        request.log_error(error.what());
    } catch (...) {
        request.log_error("unknown exception");
    }
    request.answer(500, "{\"error\": \"internal error\"}");
}

} // namespace linkfunc

#endif
