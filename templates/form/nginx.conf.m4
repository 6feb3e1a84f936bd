m4_include(common.m4)m4_include(nginx.m4)m4_dnl
M4_HASH_HEAD()m4_dnl
M4_NGINX_HEAD(1)
M4_NGINX_SERVER()
        location = /api/contact {
            # NGINX refuses by itself what is far too long; the function says
            # the rest in its own words.
            client_max_body_size 64k;
            ngx_link_func_call "contact_form";
        }
    }
}
