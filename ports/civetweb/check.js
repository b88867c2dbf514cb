/** civetweb: serves a folder of this machine to curl, through a published port. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const digest = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** Status, headers and body as curl got them. */
async function curl(web, ...args) {
  const words = ['--silent', '--show-error', '--max-time', '240', ...args];
  return (await web.linux('curl', words)).stdout;
}

async function requests(web, url, files) {
  const get = async (name) => digest(await curl(web, `${url}/${name}`));
  web.same('a small file', await get('small.html'), digest(files['small.html']));
  web.same('a large one, byte for byte', await get('large.bin'), digest(files['large.bin']));
  const names = ['small.html', 'large.bin', 'sub/page.txt', 'large.bin', 'empty', 'sub/page.txt'];
  const got = await Promise.all(names.map(get));
  web.same('six at a time', got.join(), names.map((name) => digest(files[name])).join());
  const part = await curl(web, '--range', '1000000-1000099', `${url}/large.bin`);
  web.same('a range', digest(part), digest(files['large.bin'].subarray(1_000_000, 1_000_100)));
  const status = async (...args) => (await curl(web, '-o', '/dev/null', '-w', '%{http_code}', ...args)).toString();
  web.same('a file that is not there', await status(`${url}/none`), '404');
  web.same('a way out of the folder', await status('--path-as-is', `${url}/../../etc/passwd`), '404');
  web.same(
    'the head alone',
    (await curl(web, '--head', `${url}/small.html`)).toString().split('\r\n')[0],
    'HTTP/1.1 200 OK',
  );
  web.same(
    'the same connection for two',
    await status(`${url}/small.html`, '-o', '/dev/null', `${url}/empty`),
    '200200',
  );
  web.note('a listing', (await curl(web, `${url}/sub/`)).includes('page.txt') ? undefined : 'page.txt is not in it');
}

export default async function check(web) {
  const data = web.empty('data');
  mkdirSync(join(data, 'sub'));
  const files = {
    'small.html': Buffer.from('<p>from a host directory</p>\n'),
    'large.bin': randomBytes(4 << 20),
    'sub/page.txt': Buffer.from('page\n'.repeat(5000)),
    empty: Buffer.alloc(0),
  };
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(data, name), bytes);
  const port = await freePort();
  const server = web.start([], { flags: ['--publish', `${port}:80`, '--volume', `${data}:/data:ro`] });
  const ended = new Promise((resolve) => server.on('close', (status, signal) => resolve(status ?? signal)));
  try {
    const url = `http://127.0.0.1:${port}`;
    // It may take a while until somebody listens.
    await curl(web, '--retry', '240', '--retry-delay', '1', '--retry-all-errors', '-o', '/dev/null', `${url}/empty`);
    await requests(web, url, files);
  } finally {
    server.kill('SIGTERM');
  }
  web.same('its own handler of SIGTERM ends it', String(await ended), '0');
}
