/**
 * Gathers what doctor's checks look at. Reads only; starts no host.
 */
import { HostError } from '../errors.js';
import { parseXlInfo } from '../host/capabilities.js';
import { chooseHost, chooseHostName, type HostWish } from '../host/choose.js';
import { isEmbedded } from '../host/embedded/name.js';
import { wantedMemory } from '../host/embedded/prepare.js';
import type { Host } from '../host/host.js';
import { hostStatus } from '../host/status.js';
import { exec } from '../sys/exec.js';
import * as fs from '../sys/fs.js';
import { cacheDirectory } from '../sys/places.js';
import { findProgram } from '../sys/programs.js';
import { arePacked } from '../toolchain/dom0-program.js';
import type { Facts, HostFacts } from './checks.js';
import { type Requirement, requirements } from './requirements.js';

export async function gatherFacts(wish: HostWish): Promise<Facts> {
  const cache = cacheDirectory();
  const [system, present, memoryAvailable, cacheFree, host, architecture, packed] = await Promise.all([
    readSystem(),
    findPresent(),
    readMemoryAvailable(),
    fs.freeBytes(cache),
    gatherHost(wish),
    exec(['uname', '-m'], { timeout: 5000 }),
    arePacked(),
  ]);
  return {
    node: process.version,
    architecture: architecture.stdout.trim(),
    system,
    root: isRoot(),
    present,
    memoryAvailable,
    cacheFree,
    cache,
    packed,
    host,
  };
}

/** A broker gives it to nobody: it tells of all domains. */
async function readLog(host: Host): Promise<string | undefined> {
  if (host.broker !== undefined) return undefined;
  const { exitCode, stdout } = await host.exec(['xl', 'dmesg'], { timeout: 30_000 });
  return exitCode === 0 ? stdout : undefined;
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

async function readSystem(): Promise<Facts['system']> {
  const text = (await fs.readText('/etc/os-release')) ?? '';
  const value = (key: string): string => new RegExp(`^${key}="?([^"\n]*)"?$`, 'm').exec(text)?.[1] ?? '';
  return { name: value('PRETTY_NAME') || 'this system', families: [value('ID'), ...value('ID_LIKE').split(' ')] };
}

async function findPresent(): Promise<Map<string, string>> {
  const asked = await Promise.all(requirements.map(async (needed) => [needed.name, await ask(needed)] as const));
  return new Map(asked.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

async function ask({ name, versionArguments }: Requirement): Promise<string | undefined> {
  if (name.startsWith('/')) return fs.exists(name) ? '' : undefined;
  const path = findProgram(name);
  if (path === undefined) return undefined;
  if (versionArguments === undefined) return '';
  const result = await exec([path, ...versionArguments], { timeout: 20_000 });
  // ssh tells its version on stderr.
  const lines = `${result.stdout}\n${result.stderr}`.split('\n');
  return (lines.find((line) => /\d+\.\d+/.test(line)) ?? '').trim();
}

async function readMemoryAvailable(): Promise<number> {
  const text = (await fs.readText('/proc/meminfo')) ?? '';
  return Number(/^MemAvailable:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024;
}

async function gatherHost(wish: HostWish): Promise<HostFacts> {
  const { name, address, because } = await chooseHostName(wish);
  const kind = { embedded: isEmbedded(address), local: address === 'local' };
  const facts = { name, because, ...kind, memory: wantedMemory(process.env.LWD_HOST_MEMORY) };
  try {
    const status = await hostStatus({ flag: name });
    if (status.state !== 'running' || status.capabilities === undefined) return { ...facts, state: status.state };
    const host = await chooseHost({ flag: name });
    try {
      const info = parseXlInfo((await host.exec(['xl', 'info'], { timeout: 30_000 })).stdout);
      return { ...facts, state: 'running', capabilities: status.capabilities, info, log: await readLog(host) };
    } finally {
      await host.close();
    }
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return { ...facts, state: 'unreachable', problem: { message: error.message, next: error.next } };
  }
}
