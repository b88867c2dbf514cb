/**
 * lwIP's own unit tests, from its source package, against lwIP as ports/lwip sets it up and changes it, and tests of those
 * changes, on this machine under the address and undefined-behaviour sanitizers. Suites of parts that a domain does not have
 * (lwIP's sockets, mDNS, MQTT, PPP) are left out. One verdict a test, then one line of totals; `npm run lwip-unit`, half a
 * minute.
 *
 * What test/kernel-host/lwip/lwipopts.h has otherwise than ports/lwip: statistics, sizes of windows and segments, and
 * lwIP's own initial sequence numbers.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { lwd, must, root, run } from './set-up.js';

const here = join(root, 'test/kernel-host/lwip');
const build = join(root, 'build/lwip-unit');

/** Tests that fail with our options, and why that is right. One that passes after all is a failure, of this list. */
const otherwise = {
  'MEM/test_mem_one': 'memory is that of kernel/net/memory.c, lwIP has no heap of its own',
  'MEM/test_mem_random': 'memory is that of kernel/net/memory.c, lwIP has no heap of its own',
  'MEM/test_mem_invalid_free': 'memory is that of kernel/net/memory.c, lwIP has no heap of its own',
  'MEM/test_mem_double_free': 'memory is that of kernel/net/memory.c, lwIP has no heap of its own',
  'TCP_STATE/test_tcp_new_max_num': 'the number of connections is limited by memory and not by a pool',
  'TCP_STATE/test_tcp_new_max_num_remove_TIME_WAIT': 'the number of connections is limited by memory and not by a pool',
  'IPv4/test_ip4_frag': 'one packet more: without conflict detection a new address is announced at once',
  'IPv4/test_127_0_0_1': 'one packet more: without conflict detection a new address is announced at once',
  'IPv4/test_ip4_icmp_replylen_short': 'one packet more: without conflict detection a new address is announced at once',
  'IPv4/test_ip4_icmp_replylen_first_8':
    'one packet more: without conflict detection a new address is announced at once',
  'DHCP/test_dhcp': 'one packet more: without conflict detection a new address is announced at once',
  'DHCP/test_dhcp_nak': 'one packet more: without conflict detection a new address is announced at once',
};

const suites = [
  ...['ip4/test_ip4', 'ip6/test_ip6', 'udp/test_udp', 'etharp/test_etharp', 'dhcp/test_dhcp'],
  ...['tcp/tcp_helper', 'tcp/test_tcp', 'tcp/test_tcp_oos', 'tcp/test_tcp_state'],
  ...['def', 'dns', 'mem', 'netif', 'pbuf', 'timers'].map((name) => `core/test_${name}`),
].map((name) => `test/unit/${name}.c`);

const recipe = readFileSync(join(root, 'ports/lwip/recipe.yaml'), 'utf8');

/** The source package in lwd's cache; the sysroot's build gets it there. */
async function sourcePackage() {
  const [, path, digest] = /debian: (\S+)\s+sha256: (\w+)/.exec(recipe);
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const file = join(cache, 'lwd/sources', digest.slice(0, 16), basename(path));
  if (!existsSync(file)) await must(process.execPath, [lwd, 'toolchain', '--build'], { collect: true });
  const found = createHash('sha256').update(readFileSync(file)).digest('hex');
  if (found !== digest) throw new Error(`${file} is not what ports/lwip/recipe.yaml names: remove it`);
  return file;
}

function ninjaFile() {
  const include = [here, `${build}/source/src/include`, `${build}/include`, `${build}/source/test/unit`, root];
  const flags = [...include, join(root, 'kernel'), join(root, 'kernel/include')]
    .map((folder) => `-I${folder}`)
    .join(' ');
  const sources = [...recipe.matchAll(/- (src\/\S+\.c)/g)].map((match) => match[1]);
  const lines = [
    `builddir = ${build}`,
    `flags = -std=gnu11 -O1 -g -w -fsanitize=address,undefined ${flags}`,
    'rule compile\n  command = clang-19 $flags -MD -MF $out.d -c $in -o $out\n  depfile = $out.d\n  deps = gcc',
    'rule link\n  command = clang-19 -fsanitize=address,undefined $in -o $out',
  ];
  const objects = [];
  for (const source of [...sources, 'src/core/stats.c', ...suites]) {
    objects.push(`${build}/objects/${source}.o`);
    lines.push(`build ${objects.at(-1)}: compile ${build}/source/${source}`);
  }
  for (const source of [join(here, 'run.c'), join(here, 'segment_test.c'), join(root, 'kernel/net/segment.c')]) {
    objects.push(`${build}/objects/${basename(source)}.o`);
    lines.push(`build ${objects.at(-1)}: compile ${source}`);
  }
  lines.push(`build ${build}/unit: link ${objects.join(' ')}`);
  return `${lines.join('\n')}\n`;
}

/** The recipe's own lines. */
function changeSource() {
  for (const { file, after, insert } of parse(recipe).edit) {
    const path = join(build, 'source', file);
    writeFileSync(
      path,
      readFileSync(path, 'utf8').replace(`\n${after}\n`, (line) => `${line}${insert}\n`),
    );
  }
}

async function prepare() {
  const archive = await sourcePackage();
  rmSync(join(build, 'source'), { recursive: true, force: true });
  mkdirSync(join(build, 'source'), { recursive: true });
  mkdirSync(join(build, 'include/arch'), { recursive: true });
  await must('tar', ['xf', archive, '-C', join(build, 'source'), '--strip-components=1', '--no-same-owner']);
  changeSource();
  writeFileSync(join(build, 'include/arch/cc.h'), readFileSync(join(root, 'ports/lwip/cc.h')));
  // lwip_check.h wants a configuration; there is nothing to say.
  writeFileSync(join(build, 'include/config.h'), '');
  writeFileSync(join(build, 'build.ninja'), ninjaFile());
  await must('ninja', ['-f', join(build, 'build.ninja'), '--quiet']);
}

/** What a verdict counts as, seeing what is known of its test. */
function judge(line) {
  const [, verdict, name, reason = ''] = /^(SUCCESS|FAILURE|CRASH) lwip\/([^:\s]+)(?:: (.*))?$/.exec(line);
  const cause = otherwise[name];
  if (cause === undefined) return { verdict, text: line };
  if (verdict === 'FAILURE') return { verdict: 'SKIP', text: `SKIP lwip/${name}: ${cause} (${reason})` };
  return { verdict: 'FAILURE', text: `FAILURE lwip/${name}: ${verdict}, but listed as a failure` };
}

async function main() {
  await prepare();
  const { status, stdout } = await run(join(build, 'unit'), [], {
    collect: true,
    env: { ASAN_OPTIONS: 'detect_leaks=0' },
  });
  const judged = stdout.trim().split('\n').filter(Boolean).map(judge);
  const count = (...wanted) => judged.filter(({ verdict }) => wanted.includes(verdict)).length;
  for (const { verdict, text } of judged) if (verdict !== 'SUCCESS') console.log(text);
  // The program itself may have broken off.
  const failed = count('FAILURE', 'CRASH') + (status === 0 && judged.length > 0 ? 0 : 1);
  console.log(`lwip-unit: ${count('SUCCESS')} passed, ${failed} failed, ${count('SKIP')} skipped`);
  if (failed > 0) process.exitCode = 1;
}

await main();
