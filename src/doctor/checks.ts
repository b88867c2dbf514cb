/**
 * From facts about the machine to findings: pure. Each finding that is not in order says what mends it, as commands that
 * can be typed.
 */
import { keepConsoleLogs } from '../host/capabilities.js';
import type { HostCapabilities } from '../host/host.js';
import { readMitigations } from './mitigations.js';
import { type Requirement, requirements } from './requirements.js';

export interface Facts {
  node: string;
  /** uname's machine name. */
  architecture: string;
  /** From /etc/os-release: "Debian GNU/Linux 12 (bookworm)", its ID and the IDs that it is like. */
  system: { name: string; families: string[] };
  root: boolean;
  /** Name of a requirement → its version or ''; what is not there is not in it. */
  present: ReadonlyMap<string, string>;
  /** Bytes. */
  memoryAvailable: number;
  cacheFree: number;
  cache: string;
  /** lwd's programs for dom0 came with it, compiled. */
  packed: boolean;
  host: HostFacts;
}

export interface HostFacts {
  name: string;
  because: string;
  embedded: boolean;
  /** This machine's own dom0. */
  local: boolean;
  state: 'running' | 'stopped' | 'absent' | 'unreachable';
  /** MiB that the embedded host has, or would take. */
  memory: number;
  /** Why it cannot be used, and what to do, if unreachable. */
  problem?: { message: string; next: string[] };
  capabilities?: HostCapabilities;
  /** `xl info`, if running. */
  info?: ReadonlyMap<string, string>;
  /** `xl dmesg`, if it may be read. */
  log?: string | undefined;
}

export interface Finding {
  /** Stable, for scripts. */
  id: string;
  /** ok; note: works, but should be known; missing: something cannot be done without it. */
  state: 'ok' | 'note' | 'missing';
  text: string;
  /** Commands that mend it. */
  mend: string[];
  /** Debian packages that mend it: what --fix installs. */
  packages: string[];
}

const mebibyte = 1024 * 1024;
const oldestNode = 20;
/** Sysroot, sources, host image and state. */
const cacheNeeded = 1536 * mebibyte;

export function findings(facts: Facts): Finding[] {
  return [
    checkNode(facts),
    checkSystem(facts),
    ...requirements.filter((needed) => isNeeded(needed, facts)).map((needed) => checkRequirement(needed, facts)),
    checkCache(facts),
    ...checkHost(facts),
  ];
}

/** What to install for all that is missing, sorted, each once. */
export function missingPackages(found: readonly Finding[]): string[] {
  return [...new Set(found.flatMap(({ packages }) => packages))].sort();
}

export function installCommand(packages: readonly string[], root: boolean): string {
  return `${root ? '' : 'sudo '}apt-get install --no-install-recommends ${packages.join(' ')}`;
}

function ok(id: string, text: string): Finding {
  return { id, state: 'ok', text, mend: [], packages: [] };
}

/** A Xen that is elsewhere needs no QEMU here, and one that is here no way to it. */
function isNeeded(needed: Requirement, { host }: Facts): boolean {
  if (needed.for === 'embedded') return host.embedded;
  return needed.for !== 'host' || !host.local;
}

/** Where domains run, and nothing has to be compiled for that, somebody else may do the building. */
function isOptional(needed: Requirement, { host, packed }: Facts): boolean {
  return needed.for === 'build systems' || (needed.for === 'build' && host.local && packed);
}

function checkNode({ node }: Facts): Finding {
  if (Number.parseInt(node.replace(/^v/, ''), 10) >= oldestNode) return ok('node', `Node ${node}`);
  const mend = ['install Node 20 or newer (Debian 13: apt-get install nodejs; else https://nodejs.org)'];
  return { id: 'node', state: 'missing', text: `Node ${node} is too old: ${oldestNode} is needed`, mend, packages: [] };
}

function checkSystem({ system, architecture }: Facts): Finding {
  if (architecture !== 'x86_64') {
    const text = `this machine is ${architecture}: lwd builds and runs domains for x86_64 only`;
    return { id: 'system', state: 'missing', text, mend: ['use an x86-64 machine'], packages: [] };
  }
  if (system.families.includes('debian')) return ok('system', `${system.name}, ${architecture}`);
  const text = `${system.name} is not Debian or like it: packages may be named otherwise`;
  return { id: 'system', state: 'note', text, mend: [], packages: [] };
}

function checkRequirement(needed: Requirement, facts: Facts): Finding {
  const version = facts.present.get(needed.name);
  const purpose = {
    build: isOptional(needed, facts) ? 'to build; images that were built elsewhere run without' : 'to build',
    host: 'to reach a Xen host',
    embedded: 'for the embedded Xen host',
    'build systems': 'optional: for projects that are built by it',
  }[needed.for];
  const short = needed.name.slice(needed.name.lastIndexOf('/') + 1);
  if (version !== undefined) return ok(short, version === '' ? needed.name : `${short}: ${version}`);
  const mend = [installCommand([needed.package], facts.root)];
  const state = isOptional(needed, facts) ? 'note' : 'missing';
  return { id: short, state, text: `no ${needed.name} (${purpose})`, mend, packages: [needed.package] };
}

function checkCache({ cache, cacheFree }: Facts): Finding {
  const free = `${Math.floor(cacheFree / mebibyte)} MiB free`;
  if (cacheFree >= cacheNeeded) return ok('cache', `cache ${cache}: ${free}`);
  const text = `cache ${cache}: ${free}, some ${cacheNeeded / mebibyte} MiB are used when all is built`;
  return { id: 'cache', state: 'note', text, mend: ['lwd clean', 'or set XDG_CACHE_HOME'], packages: [] };
}

function checkHost({ host, memoryAvailable }: Facts): Finding[] {
  const name = `host ${host.name} (${host.because})`;
  if (host.state === 'unreachable') {
    const text = `${name}: ${host.problem?.message ?? 'cannot be used'}`;
    return [{ id: 'host', state: 'missing', text, mend: host.problem?.next ?? [], packages: [] }];
  }
  if (host.state !== 'running') {
    const how = host.state === 'stopped' ? 'built, not started' : 'not built yet';
    return [ok('host', `${name}: ${how}; lwd up starts it by itself`), checkMemory(host, memoryAvailable)];
  }
  return [ok('host', `${name}: xl works`), ...checkRunning(host)];
}

function checkMemory(host: HostFacts, available: number): Finding {
  const wanted = host.memory * mebibyte;
  const text = `memory: ${Math.floor(available / mebibyte)} MiB available, the embedded host may take up to ${host.memory} MiB`;
  if (available >= wanted) return ok('memory', text);
  return { id: 'memory', state: 'note', text, mend: ['export LWD_HOST_MEMORY=2G'], packages: [] };
}

function checkRunning(host: HostFacts): Finding[] {
  const { capabilities, info, embedded } = host;
  const found: Finding[] = [];
  const version = info?.get('xen_version') ?? capabilities?.xenVersion ?? 'unknown';
  const built = info?.get('cc_compile_date') ?? 'a day that it does not tell';
  found.push({
    id: 'xen',
    state: 'note',
    text: `Xen ${version}, built ${built}: the isolation of domains is as strong as this Xen; keep it up to date`,
    mend: embedded ? ['lwd host down && lwd host up --rebuild'] : [],
    packages: [],
  });
  found.push(checkMitigations(host));
  found.push(checkTypes(capabilities));
  found.push(ok('host-memory', `memory on the host: ${info?.get('free_memory') ?? '?'} MiB free for domains`));
  found.push(checkConsoleLogs(capabilities));
  return found;
}

/** An emulated processor has none of the faults, so there it is right that nothing guards against them. */
function checkMitigations({ info, log, embedded }: HostFacts): Finding {
  const { text, isWeakened } = readMitigations(log, info?.get('xen_commandline') ?? '');
  if (!isWeakened || embedded) return ok('mitigations', text);
  const mend = ['where users are not trusted: take that off, or let them have PVH domains only'];
  return { id: 'mitigations', state: 'note', text, mend, packages: [] };
}

function checkTypes(capabilities: HostCapabilities | undefined): Finding {
  const types = capabilities?.types ?? [];
  if (types.length === 0) {
    const text = 'this Xen runs neither PV nor PVH guests';
    return {
      id: 'types',
      state: 'missing',
      text,
      mend: ['a Xen built with PV, or a processor with hap'],
      packages: [],
    };
  }
  const auto = capabilities?.fastPvh ? 'pvh' : 'pv';
  return ok('types', `guest types: ${types.join(', ')}; type: auto takes ${auto}`);
}

function checkConsoleLogs(capabilities: HostCapabilities | undefined): Finding {
  if (capabilities?.consoleLogs !== undefined) return ok('console-logs', `console logs: ${capabilities.consoleLogs}`);
  return {
    id: 'console-logs',
    state: 'missing',
    text: 'xenconsoled keeps no logs: what a domain prints is lost',
    mend: keepConsoleLogs,
    packages: [],
  };
}
