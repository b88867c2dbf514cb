/*
 * Libraries that lwd.yaml names: their headers are found, what is used of them is linked, and it works in a domain.
 */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "verdict.h"

TEST(what_zlib_packs_it_unpacks)
{
    enum { SIZE = 100000 };
    static unsigned char plain[SIZE], again[SIZE];
    uLongf packed_size = compressBound(SIZE), size = SIZE;
    unsigned char *packed = malloc(packed_size);

    check_text(zlibVersion(), ZLIB_VERSION);
    for (int i = 0; i < SIZE; i++)
        plain[i] = (unsigned char)(i % 3 ? i / 100 : (int)random_below(4));
    check_equal(compress(packed, &packed_size, plain, SIZE), Z_OK);
    check(packed_size < SIZE / 2);
    check_equal(uncompress(again, &size, packed, packed_size), Z_OK);
    check_equal(size, SIZE);
    check(memcmp(plain, again, SIZE) == 0);
    packed[packed_size / 2] ^= 1;
    check_equal(uncompress(again, &size, packed, packed_size), Z_DATA_ERROR);
    free(packed);
}

/* Errors of Lua come by longjmp. */
TEST(lua_runs_a_program)
{
    lua_State *lua = luaL_newstate();

    check(lua != NULL);
    luaL_openlibs(lua);
    check_equal(luaL_dostring(lua, "local n = 0; for i = 1, 100 do n = n + i end; return n, _VERSION"), LUA_OK);
    check_equal(lua_tointeger(lua, -2), 5050);
    check_text(lua_tostring(lua, -1), LUA_VERSION);
    check(luaL_dostring(lua, "error('thrown', 0)"));
    check_text(lua_tostring(lua, -1), "thrown");
    lua_close(lua);
}

int main(void)
{
    return test_run_all();
}
