#include "cxx_handlers.h"

#include <cstring>
#include <memory>
#include <new>
#include <sstream>
#include <string>

int cxx_blamed;

#define BLAMED(call)                                                                                         \
    do {                                                                                                     \
        cxx_blamed = __LINE__;                                                                               \
        call;                                                                                                \
    } while (0)

namespace {

struct alignas(64) wide_t {
    char bytes[64];
};

// The compiler must not know that nobody looks at an object.
void *volatile looked_at;

void look_at(void *object) {
    looked_at = object;
    looked_at = nullptr;
}

void answer(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_write_resp(ctx, 200, "200 OK", ngx_link_func_content_type_plaintext, "fine", 4);
}

} // namespace

void forgets_an_object(ngx_link_func_ctx_t *ctx) {
    BLAMED(look_at(new int(1)));
    answer(ctx);
}

void deletes_an_object(ngx_link_func_ctx_t *ctx) {
    auto *object = new int(1);

    look_at(object);
    delete object;
    answer(ctx);
}

void forgets_an_array(ngx_link_func_ctx_t *ctx) {
    BLAMED(look_at(new int[10]));
    answer(ctx);
}

void deletes_an_array(ngx_link_func_ctx_t *ctx) {
    auto *array = new int[10];

    look_at(array);
    delete[] array;
    answer(ctx);
}

void forgets_an_aligned_object(ngx_link_func_ctx_t *ctx) {
    BLAMED(look_at(new wide_t()));
    answer(ctx);
}

void deletes_an_aligned_object(ngx_link_func_ctx_t *ctx) {
    auto *object = new wide_t();
    auto *array = new wide_t[3];

    object->bytes[0] = 'x';
    look_at(object);
    look_at(array);
    delete object;
    delete[] array;
    answer(ctx);
}

void forgets_a_nothrow_object(ngx_link_func_ctx_t *ctx) {
    BLAMED(look_at(new (std::nothrow) int(1)));
    answer(ctx);
}

void keeps_an_object_in_a_static(ngx_link_func_ctx_t *ctx) {
    static auto kept = std::make_unique<int>(1);

    look_at(kept.get());
    answer(ctx);
}

// The characters are got by libstdc++, for this handler, in a line of its header.
void forgets_a_text_of_the_library(ngx_link_func_ctx_t *ctx) {
    alignas(std::string) static char place[sizeof(std::string)];
    auto *text = new (place) std::string();

    cxx_blamed = 0;
    text->assign(200, 'x');
    std::memset(place, 0, sizeof(place));
    answer(ctx);
}

void uses_texts_and_streams(ngx_link_func_ctx_t *ctx) {
    std::ostringstream stream;
    std::string text(100, 'x');

    text.append(200, 'y');
    stream << text << 1.5;
    look_at(&text);
    answer(ctx);
}

void lends_a_text_and_destroys_it(ngx_link_func_ctx_t *ctx) {
    {
        std::string value(40, 'v');

        BLAMED((void) ngx_link_func_add_header_out(ctx, "X-Name", 6, value.c_str(), value.size()));
    }
    answer(ctx);
}

void lends_a_text_that_stays(ngx_link_func_ctx_t *ctx) {
    static const std::string value(40, 'v');

    (void) ngx_link_func_add_header_out(ctx, "X-Name", 6, value.c_str(), value.size());
    answer(ctx);
}

/*
 * Faults
 */

namespace {

template <typename Way> char tries(Way way) {
    try {
        return way() ? '+' : '-';
    } catch (const std::bad_alloc &) {
        return '!';
    }
}

template <typename T> bool is_got(T *object) {
    look_at(object);
    delete object;
    return object != nullptr;
}

template <typename T> bool is_array_got(T *array) {
    look_at(array);
    delete[] array;
    return array != nullptr;
}

bool text_grows() {
    std::string text;

    text.assign(200, 'x');
    look_at(&text);
    return true;
}

void end_of_handlers() {
    (void) std::set_new_handler(nullptr);
}

} // namespace

void news_in_each_way(ngx_link_func_ctx_t *ctx) {
    char told[] = {
        tries([] { return is_got(new int(1)); }),
        tries([] { return is_array_got(new int[4]); }),
        tries([] { return is_got(new (std::nothrow) int(1)); }),
        tries([] { return is_array_got(new (std::nothrow) int[4]); }),
        tries([] { return is_got(new wide_t()); }),
        tries([] { return is_array_got(new wide_t[2]); }),
        tries([] { return is_got(new (std::nothrow) wide_t()); }),
        tries([] { return is_array_got(new (std::nothrow) wide_t[2]); }),
        tries(text_grows),
    };

    ngx_link_func_write_resp(ctx, 200, nullptr, nullptr, told, sizeof(told));
}

// It asks once more each time that a handler returns, and throws without one.
void news_with_a_handler(ngx_link_func_ctx_t *ctx) {
    char told[2];

    (void) std::set_new_handler(end_of_handlers);
    told[0] = tries([] { return is_got(new int(1)); });
    told[1] = tries([] { return is_got(new int(1)); });
    (void) std::set_new_handler(nullptr);
    ngx_link_func_write_resp(ctx, 200, nullptr, nullptr, told, sizeof(told));
}
