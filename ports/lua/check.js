/** Lua: our test program (the source package has none) in a domain and on Linux, from the same sources. */
export default async function check(lua) {
  const data = lua.empty('data');
  const local = lua.empty('linux');
  await lua.linux('sh', [
    '-c',
    'cp -r source/src work/source && make -s -C work/source linux CC=clang-19 MYLIBS= MYCFLAGS=-DLUA_COMPAT_5_3',
  ]);
  const expected = await lua.linux(`${lua.folder}/work/source/lua`, ['tests.lua', local], {
    cwd: `${lua.folder}/root`,
    env: { LUA_PATH: './?.lua' },
  });
  const { stdout } = await lua.up(['/lua/tests.lua', '/data'], { flags: ['--volume', `${data}:/data`] });
  lua.verdicts(stdout.toString());
  lua.same('the same words on Linux', stdout.toString(), expected.stdout.toString());
  const line = await lua.up(['-e', 'print(_VERSION, 2^63)']);
  lua.same('a program on the command line', line.stdout.toString(), 'Lua 5.4\t9.2233720368548e+18\n');
  lua.impossible('io.popen, os.execute', 'there are no other processes');
  lua.impossible('libraries loaded at run time', 'an image is linked as a whole');
}
