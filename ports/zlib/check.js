/** zlib: its three test programs in one domain, on a volume; what they print and write has to be what it is on Linux. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Some of it text, some of it what does not compress, some of it nothing. */
function sample(text) {
  let state = 1;
  const noise = Buffer.alloc(200_000);
  for (let at = 0; at < noise.length; at += 1) {
    state = (state * 48271) % 2147483647;
    noise[at] = state & 255;
  }
  return Buffer.concat([text, noise, text, text, Buffer.alloc(300_000)]);
}

/** What is printed comes by two streams, of which each keeps its order. */
function lines(...outputs) {
  return Buffer.concat(outputs.map((output) => Buffer.from(output)))
    .toString()
    .split('\n')
    .sort()
    .join('\n');
}

export default async function check(zlib) {
  const compile = 'clang-19 -O2 -w -DHAVE_UNISTD_H -Isource -o work/zlib source/*.c src/*.c';
  const [domain, linux] = [zlib.empty('domain'), zlib.empty('linux')];
  await zlib.linux('sh', ['-c', compile]);
  const plain = sample(readFileSync(join(zlib.folder, 'source/deflate.c')));
  writeFileSync(join(zlib.folder, 'work/plain'), plain);
  const packed = (await zlib.linux('work/zlib', ['minigzip', '-c', 'work/plain'])).stdout;
  for (const folder of [domain, linux]) {
    for (const name of ['fast', 'best']) writeFileSync(join(folder, name), plain);
    writeFileSync(join(folder, 'packed.gz'), packed);
  }

  const expected = await zlib.linux('work/zlib', ['all', linux]);
  const got = await zlib.up(['all', '/data'], { flags: ['--volume', `${domain}:/data`] });
  const printed = lines(got.stdout, got.stderr);
  zlib.same(
    'infcover and example: every path of inflate, the whole interface',
    printed,
    lines(expected.stdout, expected.stderr),
  );
  for (const [name, title] of [
    ['example.gz', 'example'],
    ['fast.gz', 'minigzip -1'],
    ['best.gz', 'minigzip -9'],
    ['packed', 'minigzip -d'],
  ]) {
    const isSame = readFileSync(join(domain, name)).equals(readFileSync(join(linux, name)));
    zlib.note(`${title}: the same bytes as on Linux`, isSame ? undefined : `${name} has others`);
  }
}
