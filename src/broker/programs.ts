/**
 * lwd's own programs for dom0 that a caller may have run, and with what: parameters are checked, numbers of domains have to be
 * those of the caller's own, and what belongs to a domain (its log, its copies) is taken from what the broker knows of it.
 */
import '../xl/change/cpu.js';
import '../xl/life/ending.js';
import '../xl/observed/events.js';
import '../xl/change/memory.js';
import '../xl/change/pause.js';
import '../xl/change/pin.js';
import '../xl/change/signal.js';
import '../xl/observed/stats.js';
import '../xl/life/takedown.js';
import { uuidPrefix } from '../xl/facts/domain-record.js';
import { ownLog } from '../xl/life/takedown.js';
import type { DomainStatus } from '../xl/observed/status.js';
import { allowsCpus, type Rule } from './policy.js';

export interface Asked {
  args: readonly string[];
  rule: Rule;
  /** The caller's domains. */
  own: readonly DomainStatus[];
}

/** What is run for a caller. */
export interface Allowed {
  /** Parameters of lwd's program of that name, or a program of dom0's. */
  args: string[];
  /** Instead of lwd's own: a program of dom0's. */
  command?: [string, ...string[]];
  /** Names of domains that it is about, for the audit log. */
  names: string[];
  /** Names whose logs are read. */
  reads?: string;
}

interface Program {
  /** What the caller sees of its output: all, or what is of his own domains. */
  shows: 'all' | 'own';
  /** It runs until the caller is gone or done. */
  lasting?: boolean;
  /** Gives in words why not. */
  check(asked: Asked): Allowed | string;
}

const noDomain = 'there is no such domain of yours';

function domainsOf(ids: readonly string[], own: readonly DomainStatus[]): DomainStatus[] | undefined {
  const found = ids.map((id) => own.find((domain) => String(domain.id) === id));
  return found.includes(undefined) ? undefined : (found as DomainStatus[]);
}

/** The first `fixed` parameters pass `test`, all others are numbers of the caller's domains. */
function onDomains(fixed: number, test: (words: readonly string[], rule: Rule) => string | undefined) {
  return ({ args, own, rule }: Asked): Allowed | string => {
    const domains = domainsOf(args.slice(fixed), own);
    if (args.length < fixed) return 'parameters are missing';
    const wrong = test(args.slice(0, fixed), rule);
    if (wrong !== undefined) return wrong;
    return domains === undefined ? noDomain : { args: [...args], names: domains.map(({ name }) => name) };
  };
}

const one =
  (command: [string, ...string[]]) =>
  ({ args, own }: Asked): Allowed | string => {
    const [domain] = args.length === 1 ? (domainsOf(args, own) ?? []) : [];
    if (domain === undefined) return noDomain;
    return { args: [], command: [...command, String(domain.id)], names: [domain.name] };
  };

const fixedCommand =
  (command: [string, ...string[]]) =>
  ({ args }: Asked): Allowed | string =>
    args.length === 0 ? { args: [], command, names: [] } : 'there are no parameters';

const number = (text: string | undefined, most: number) =>
  text !== undefined && /^[1-9]\d{0,7}$/.test(text) && Number(text) <= most;

/** "+N", not before the domain's own part; the log is the domain's, whatever was named. */
function ownPart(from: string | undefined, domain: DomainStatus): [string, string] | undefined {
  const log = ownLog(domain);
  const start = /^\+([1-9]\d{0,14})$/.exec(from ?? '')?.[1];
  return start === undefined || log === '' || Number(start) <= domain.logOffset ? undefined : [`+${start}`, log];
}

function checkPin([vcpu = '', hard = '', soft = '']: readonly string[], rule: Rule): string | undefined {
  const list = /^(?:-|all|[0-9]{1,4}(?:-[0-9]{1,4})?(?:,\^?[0-9]{1,4}(?:-[0-9]{1,4})?)*)$/;
  if (!/^(?:all|[0-9]{1,3})$/.test(vcpu) || !list.test(hard) || !list.test(soft)) return 'these are no CPUs';
  return hard === '-' || allowsCpus(rule, hard) ? undefined : `CPUs ${hard} are not allowed, only ${rule.cpus}`;
}

export const programs: Readonly<Record<string, Program>> = {
  status: {
    shows: 'own',
    check: ({ args }) =>
      args[0] === uuidPrefix && (args.length === 1 || (args.length === 2 && args[1] === 'places'))
        ? { args: [...args], names: [] }
        : 'other parameters',
  },
  await: { shows: 'own', lasting: true, check: onDomains(0, () => undefined) },
  events: {
    shows: 'all',
    lasting: true,
    check: ({ args }) => (args.length === 0 ? { args: [], names: [] } : 'no parameters'),
  },
  stats: { shows: 'own', check: ({ args }) => (args.length === 0 ? { args: [], names: [] } : 'no parameters') },
  follow: {
    shows: 'all',
    lasting: true,
    check: ({ args, own }) => {
      const [domain] = args.length === 3 ? (domainsOf(args.slice(2), own) ?? []) : [];
      const part = domain && ownPart(args[0], domain);
      if (domain === undefined || part === undefined) return noDomain;
      return { args: [...part, String(domain.id)], names: [domain.name], reads: domain.name };
    },
  },
  tail: {
    shows: 'all',
    check: ({ args, own }) => {
      const domain = own.find((each) => args.length === 2 && args[1] !== '' && ownLog(each) === args[1]);
      const part = domain && ownPart(args[0], domain);
      if (domain === undefined || part === undefined) return noDomain;
      return { args: [], command: ['tail', '-c', ...part], names: [domain.name], reads: domain.name };
    },
  },
  shutdown: { shows: 'all', check: onDomains(0, () => undefined) },
  signal: {
    shows: 'all',
    lasting: true,
    check: onDomains(2, ([signal = '', seconds = '']) =>
      /^[0-4]$/.test(signal) && /^\d{1,6}$/.test(seconds) ? undefined : 'this is no signal',
    ),
  },
  pause: {
    shows: 'all',
    check: onDomains(1, ([verb]) => (verb === 'pause' || verb === 'unpause' ? undefined : 'other words')),
  },
  pin: { shows: 'all', check: onDomains(3, checkPin) },
  'memory-read': { shows: 'own', check: onDomains(0, () => undefined) },
  // Up to what a domain was made with, which its owner's share has been charged for; xl goes no further.
  'memory-set': {
    shows: 'all',
    check: onDomains(1, ([size]) => (number(size, 2 ** 24) ? undefined : 'this is no size')),
  },
  'cpu-set': { shows: 'all', check: onDomains(1, ([count]) => (number(count, 128) ? undefined : 'this is no number')) },
  destroy: {
    shows: 'all',
    check: ({ args, own }) => {
      const ids = args.filter((_, index) => index % 4 === 0);
      const domains = args.length % 4 === 0 ? domainsOf(ids, own) : undefined;
      if (domains === undefined) return noDomain;
      const words = domains.flatMap((each) => [String(each.id), each.uuid, ownLog(each), String(each.logOffset)]);
      return { args: words, names: domains.map(({ name }) => name) };
    },
  },
  'xl-destroy': { shows: 'all', check: one(['xl', 'destroy']) },
  'xl-vcpu-list': { shows: 'all', check: one(['xl', 'vcpu-list']) },
  'xl-info': {
    shows: 'all',
    check: ({ args }) => {
      const nodes = args.length === 1 && args[0] === '-n' ? ['-n'] : [];
      if (args.length > nodes.length) return 'other parameters';
      return { args: [], command: ['xl', 'info', ...nodes], names: [] };
    },
  },
  'xl-list': { shows: 'own', check: fixedCommand(['xl', 'list', '-v']) },
};
