/**
 * lwd as it is installed in a dom0: the package that `npm pack` makes, and Node, in the test host's dom0, where neither is
 * otherwise. Node is the one that runs the tests, with libraries of the release that dom0 is made of; where that is spread over
 * many libraries (Debian's own), it is that release's.
 */
import { execFileSync, spawn } from 'node:child_process';
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { inject } from 'vitest';
import { imageRecipe } from '../../src/host/embedded/recipe.js';
import { debianMirror } from '../../src/sys/apt.js';
import { dom0, type Ended, guestFolder, lwdEnding, runProgram } from './lwd.js';

const libraries = 'usr/lib/x86_64-linux-gnu';
/** What the package of Node keeps beside its library. */
const builtIn = 'usr/share/nodejs';
const guests = ['bundle', 'linger'];
/** Milliseconds: each command starts a Node there, on an emulated processor. */
const patience = 600_000;

/** What putInDom0 makes there, but for libraries. */
const installed = '/opt/lwd /usr/bin/lwd /usr/bin/node /usr/bin/getent /usr/share/nodejs';

const policy = `version: 1
rules:
  - groups: [hpc]
    domains: 2
    memory: 96M
    disks: [/home]
    volumes: [/home]`;

/** As an administrator would, with two users; else that dom0 knows root alone. */
const settle = `set -e
chmod 755 /
chmod 1777 /tmp
cp /etc/passwd /etc/group /root
mkdir /etc/lwd
echo "$1" >/etc/lwd/policy.yaml
ln -s /opt/lwd/bin/run.js /usr/bin/lwd
number=65000
for user in alice bob; do
  number=$((number + 1))
  echo "$user:x:$number:$number::/home/$user:/bin/sh" >>/etc/passwd
  echo "$user:x:$number:" >>/etc/group
  mkdir -p /home/$user
  cp -r /opt/guests/. /home/$user
  echo "secret $user" >/home/$user/given
  (cd /home/$user && cp given xvda && truncate -s 4096 xvda && truncate -s 8192 xvdb && chmod 600 xvdb)
  chown -R $number:$number /home/$user
  chmod 700 /home/$user
done
echo 'hpc:x:65100:alice,bob' >>/etc/group`;

const unsettle = `mv /root/passwd /root/group /etc
rm -rf /home /etc/lwd /opt/guests /var/lib/lwd/broker /var/log/lwd-audit.jsonl /root/.cache ${installed}`;

/** By that dom0's own su, so with the groups that it knows. */
const asUser = `exec su "$0" -c 'cd && exec lwd "$@"' -- sh "$@"`;
/** Installs lwd in dom0 for root, alice and bob. */
export async function installInDom0(): Promise<void> {
  for (const guest of guests) await lwdEnding(0, ['build'], { cwd: guestFolder(guest) });
  await putInDom0(guests.map((guest) => join(guestFolder(guest, '.lwd/build'), guest)));
  await dom0('sh', '-c', settle, 'sh', policy);
}

export async function removeFromDom0(): Promise<void> {
  await lwdEnding(0, ['down', '--all', '--now']);
  await dom0('sh', '-c', unsettle);
}

/** A command of lwd's in there, as root. */
export function inside(status: number, ...args: string[]): Promise<Ended> {
  return lwdEnding(status, ['host', 'ssh', '--', 'lwd', ...args], { timeout: patience });
}

/** The same as a user, from his home. */
export function insideAs(user: 'alice' | 'bob', status: number, ...args: string[]): Promise<Ended> {
  return lwdEnding(status, ['host', 'ssh', '--', 'sh', '-c', asUser, user, ...args], { timeout: patience });
}

/** Puts Node, lwd and these images into dom0: /usr/bin/node, /opt/lwd, /opt/guests. What is there already is not touched. */
async function putInDom0(images: readonly string[]): Promise<void> {
  const scratch = mkdtempSync(join(inject('runtimeDirectory'), 'packed-'));
  const lwd = async () => {
    const said = await runProgram(['npm', 'pack', '--silent', '--pack-destination', scratch]);
    await send(join(scratch, said.trim().split('\n').pop() ?? ''), '/opt/lwd', '--strip-components=1');
    const folders = images.flatMap((image) => ['-C', dirname(image), basename(image)]);
    const archive = join(scratch, 'guests.tgz');
    await runProgram(['tar', 'czf', archive, ...folders]);
    await send(archive, '/opt/guests');
  };
  await Promise.all([lwd(), packedNode().then((file) => send(file, '/', '--skip-old-files'))]);
  rmSync(scratch, { recursive: true });
}

/** Unpacks an archive of this machine's in dom0. */
function send(archive: string, folder: string, ...how: string[]): Promise<void> {
  const configuration = join(inject('runtimeDirectory'), 'lwd/embedded/ssh.conf');
  const script = `mkdir -p ${folder} && tar xzf - -C ${folder} ${how.join(' ')}`;
  const stdin = openSync(archive, 'r');
  const child = spawn('ssh', ['-F', configuration, 'dom0', script], { stdio: [stdin, 'ignore', 'inherit'] });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => {
      closeSync(stdin);
      if (status === 0) resolve();
      else reject(new Error(`dom0 does not take ${archive}: status ${status}`));
    });
  });
}

/** Made once: some 33 MB. */
async function packedNode(): Promise<string> {
  const cache = process.env.XDG_CACHE_HOME?.startsWith('/') ? process.env.XDG_CACHE_HOME : join(homedir(), '.cache');
  const folder = join(cache, 'lwd/test-dom0');
  const file = join(folder, `node-${process.version}-${imageRecipe.suite}.tgz`);
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(join(folder, 'new-'));
  try {
    const own = realpathSync(process.execPath);
    const isWhole = !execFileSync('ldd', [own], { encoding: 'utf8' }).includes('libnode');
    const tree = await unpackedRelease(work, isWhole ? ['libstdc++6', 'libc-bin'] : ['nodejs', 'libc-bin']);
    const made = join(work, 'made');
    const node = isWhole ? own : join(tree, 'usr/bin/node');
    for (const name of ['usr/bin', libraries]) mkdirSync(join(made, name), { recursive: true });
    execFileSync('llvm-strip-19', ['-o', join(made, 'usr/bin/node'), node]);
    cpSync(join(tree, 'usr/bin/getent'), join(made, 'usr/bin/getent'));
    const search = ['--library-path', join(tree, libraries), '--list', node];
    const list = execFileSync(join(tree, libraries, 'ld-linux-x86-64.so.2'), search, { encoding: 'utf8' });
    for (const [, name = '', path = ''] of list.matchAll(/^\s*(\S+) => (\S+) \(/gm))
      cpSync(path, join(made, libraries, name), { dereference: true });
    if (!isWhole) cpSync(join(tree, builtIn), join(made, builtIn), { recursive: true, filter: isOfNode });
    execFileSync('tar', ['czf', join(work, 'node.tgz'), '--owner=0', '--group=0', '-C', made, 'usr']);
    renameSync(join(work, 'node.tgz'), file);
    return file;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function isOfNode(path: string): boolean {
  return !/\/nodejs\/(?:@types|corepack)$/.test(path);
}

/** As the image's own packages: only unpacked. */
async function unpackedRelease(work: string, packages: readonly string[]): Promise<string> {
  const mirror = await debianMirror();
  const [archive, tree] = [join(work, 'packages.tar'), join(work, 'tree')];
  const how = ['--quiet', '--mode=chrootless', '--variant=extract', '--architectures=amd64'];
  const from = [imageRecipe.suite, archive, ...(mirror === undefined ? [] : [mirror])];
  execFileSync('mmdebstrap', [...how, `--include=${packages.join(',')}`, ...from], {
    env: { ...process.env, TMPDIR: work },
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: 300_000,
  });
  mkdirSync(tree);
  execFileSync('tar', ['xf', archive, '-C', tree, './usr']);
  return tree;
}
