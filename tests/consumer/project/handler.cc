#include <string>

#include <ngx_link_func_module.h>

namespace {
bool started = false;
}

extern "C" {

void hello(ngx_link_func_ctx_t *ctx);

void ngx_link_func_init_cycle(ngx_link_func_cycle_t *cycle) {
    ngx_link_func_cyc_log_info(cycle, "starting");
    started = true;
}

void ngx_link_func_exit_cycle(ngx_link_func_cycle_t *) {
    started = false;
}

void hello(ngx_link_func_ctx_t *ctx) {
    std::string text = started ? "hello" : "not started";

    ngx_link_func_log(info, ctx, "saying %s", text.c_str());
    ngx_link_func_write_resp(ctx, 200, nullptr, nullptr, text.data(), text.size());
}
}
