m4_include(common.m4)m4_include(nginx.m4)m4_dnl
M4_HASH_HEAD()m4_dnl
M4_NGINX_HEAD(2)
    ngx_link_func_shm_size 1m;

M4_NGINX_SERVER()
        location = /api/visits {
            ngx_link_func_call "count_visits";
        }

        location = /api/requests {
            ngx_link_func_call "count_requests";
        }
    }
}
