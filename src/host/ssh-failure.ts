/**
 * What ssh means when it ends with 255: the words that OpenSSH's client has for each failure, and what to do about each. Pure.
 */
import { HostError } from '../errors.js';

export interface SshPlace {
  /** The host's name for messages. */
  name: string;
  /** As a user would type it: `-p 2222 root@node`. */
  login: string;
}

/** Lines that ssh itself writes when it got no connection at all, or on the way to one. */
const ownWords = new RegExp(
  `^(?:${[
    'ssh: .*',
    'kex_exchange_identification: .*',
    'banner exchange: .*',
    'Host key verification failed\\.',
    'Connection (?:closed|reset) by .*',
    'Connection timed out during banner exchange',
    'Connection to \\S+ port \\d+ timed out',
    '[^ ]+: Permission denied \\(.*\\)\\.',
    '.*: (?:Bad configuration option|terminating, \\d+ bad configuration options).*',
    'ControlPath too long .*',
    'unix_listener: .*',
    'ControlSocket .* already exists, disabling multiplexing',
    'Control socket connect\\(.*\\): .*',
    '@.*',
    'No .* host key is known .*',
    'Offending .*',
    'Warning: .*',
    'Bad owner or permissions on .*',
    'Load key .*',
  ].join('|')})$`,
);

/** Those of a connection that stood and was lost. */
const lostWords = /^(?:Connection to \S+ closed|client_loop: |Timeout, server \S+ not responding|mux_client_)/m;

/**
 * Whether ssh's stderr, after it ended with 255 and left no master, says that nothing ran on the far side: all of it is
 * ssh's own. With anything else among it a program may have run, and must not be run again.
 */
export function neverConnected(stderr: string): boolean {
  const lines = stderr.split(/\r?\n/).filter((line) => line.trim() !== '');
  // Its warning of a changed key is a page of prose, but always ends so.
  if (lines.at(-1) === 'Host key verification failed.') return true;
  return lines.length > 0 && lines.every((line) => ownWords.test(line)) && !lines.every(isPassing);
}

/** Said of a socket before it does without it: no failure by itself. */
function isPassing(line: string): boolean {
  return /^(ControlSocket|Control socket|Warning:)/.test(line);
}

/** Those of a call whose master went away under it. */
const masterGone = /^mux_client_\w+: (?:read|write)\b/m;

/**
 * Whether the connection of a call was lost, whatever the master says that stands by now: another one has taken the place of
 * the call's own; or the call went past it, as ssh does where it is refused a session there or finds another in its place.
 */
export function lostBesideMaster(stderr: string): boolean {
  return masterGone.test(stderr) || (stderr.includes('disabling multiplexing') && lostWords.test(stderr));
}

/** Nothing ran, and why. */
export function unreachable(stderr: string, { name, login }: SshPlace, next: readonly string[]): HostError {
  const said = stderr
    .trim()
    .split(/\r?\n/)
    .filter((line) => line !== '' && !isPassing(line))
    .slice(-3)
    .join('; ');
  const known = reasons.find(({ words }) => words.test(stderr));
  if (known === undefined) {
    return new HostError(`cannot reach ${name}: ${said || 'ssh failed without a word'}`, { next: [...next] });
  }
  const options = known.denied ? ({ exit: 'noPermission' } as const) : {};
  return new HostError(`cannot reach ${name}: ${known.means} (${said})`, {
    ...options,
    next: [...known.next(login), ...next],
  });
}

interface Reason {
  words: RegExp;
  means: string;
  next(login: string): string[];
  /** The host is there and does not want us. */
  denied?: true;
}

const reasons: readonly Reason[] = [
  {
    words: /REMOTE HOST IDENTIFICATION HAS CHANGED|Host key for .* has changed/,
    means: 'its host key is not the one that is known',
    next: () => [
      'if the node was installed anew: remove the old key (ssh-keygen -R NODE), then take the new one as below',
      'else do not go on: another machine may answer in its place',
    ],
  },
  {
    words: /No \S+ host key is known|Host key verification failed/,
    means: 'its host key is not known here, and lwd never takes one unseen',
    next: (login) => [`log in once by hand, compare the fingerprint, and say yes: ssh ${login} true`],
  },
  {
    words: /Permission denied \(/,
    means: 'it does not let you in; lwd never asks for passwords',
    next: (login) => [`put your key there: ssh-copy-id ${login}`, 'or have an agent that knows it: ssh-add -l'],
    denied: true,
  },
  {
    words: /Connection refused/,
    means: 'nobody listens there',
    next: () => ['see that sshd runs on the node, and that the port is right'],
  },
  {
    words: /timed out|No route to host|Network is unreachable/,
    means: 'no answer',
    next: () => ['see that the node is up, and that nothing between here and there drops ssh'],
  },
  {
    words: /Could not resolve hostname/,
    means: 'there is no node of that name',
    next: () => ['a name for an address goes into `hosts:` of lwd, or into ~/.ssh/config'],
  },
  {
    words: /ControlPath too long|unix_listener: path .* too long/,
    means: "the control socket's path is too long",
    next: () => ['set XDG_RUNTIME_DIR to a shorter folder'],
  },
];
