m4_include(common.m4)m4_include(nginx.m4)m4_dnl
M4_HASH_HEAD()m4_dnl
M4_NGINX_HEAD(1)
    ngx_link_func_shm_size 1m;

M4_NGINX_SERVER()
        location = /api/sum {
            ngx_link_func_call "sum_json";
        }
    }
}
