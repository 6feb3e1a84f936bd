m4_include(common.m4)m4_include(nginx.m4)m4_dnl
M4_HASH_HEAD()m4_dnl
M4_NGINX_HEAD(1)
M4_NGINX_SERVER()
        location = /api/hello {
            ngx_link_func_call "hello_json";
        }
    }
}
