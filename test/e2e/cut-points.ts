/** Where a connection is cut, and what has to be so then: steps of every command that changes something on a host. */

export interface Cut {
  what: string;
  /** A domain that is there before: its name and arguments. */
  before?: readonly string[];
  command: readonly string[];
  /** The connection is cut when this call of xl is about to do its work, or (`reply`) when it has done it and cannot say so. */
  xl: string;
  /** So many calls of it come before that one. */
  pass?: number;
  /** Shell text in dom0 that holds when it is done. */
  done: string;
  status: number;
  says: RegExp;
  /** What is run then, and its status: when it had been done, and when it had not. */
  after: readonly [readonly string[], number][];
}

const isThere = 'xl.real domid cut >/dev/null 2>&1';
const isGone = `! ${isThere}`;
const sleeper = ['cut', 'sleep'];
const unknown = /next: .*lwd (ps|mem get --all) --host far/;

export const cuts: Cut[] = [
  {
    what: 'a look',
    command: ['ps'],
    xl: 'list',
    done: 'true',
    status: 69,
    says: /nothing was changed/,
    after: [[['ps'], 0]],
  },
  {
    what: 'the question what a host can do',
    command: ['up', '-d', '--name', 'cut', '--', '0'],
    xl: 'info',
    done: 'true',
    status: 69,
    says: /no domain was made/,
    after: [[['down', 'cut'], 127]],
  },
  {
    what: 'the creation of a detached domain',
    command: ['up', '-d', '--name', 'cut', '--', '5'],
    xl: 'create',
    done: isThere,
    status: 75,
    says: /broke off while domain cut was being made\n.*next: see whether it was made: lwd ps --host far/,
    after: [
      [['wait', 'cut'], 5],
      [['down', 'cut'], 0],
    ],
  },
  {
    what: 'the creation of a domain that lwd stays with',
    command: ['up', '--name', 'cut', '--', '6'],
    xl: 'create',
    done: isThere,
    status: 75,
    says: /broke off while domain cut was being made/,
    after: [
      [['wait', 'cut'], 6],
      [['down', 'cut'], 0],
    ],
  },
  {
    what: 'the destruction of a domain that has ended',
    command: ['up', '--name', 'cut', '--', '7'],
    xl: 'destroy',
    done: isGone,
    status: 7,
    says: /cut could not be destroyed: .*broke off/,
    after: [],
  },
  {
    what: 'a look before domains are ended',
    before: sleeper,
    command: ['down', 'cut'],
    xl: 'list',
    done: 'true',
    status: 69,
    says: /nothing was changed/,
    after: [[['down', 'cut', '--now'], 0]],
  },
  {
    what: 'the destruction by down',
    before: sleeper,
    command: ['down', 'cut', '--now'],
    xl: 'destroy',
    done: isGone,
    status: 75,
    says: unknown,
    after: [[['down', 'cut'], 127]],
  },
  {
    what: 'the wait for the end by stop',
    before: sleeper,
    command: ['stop', 'cut', '--grace', '60s'],
    xl: 'list',
    pass: 1,
    done: 'xl.real list -v cut 2>/dev/null | grep -q " ...s.. "',
    status: 75,
    says: unknown,
    after: [
      [['wait', 'cut'], 143],
      [['rm', 'cut'], 0],
    ],
  },
  {
    what: 'a pause',
    before: sleeper,
    command: ['pause', 'cut'],
    xl: 'pause',
    done: 'xl.real list cut | grep -q " ..p... "',
    status: 75,
    says: unknown,
    after: [[['unpause', 'cut'], 0]],
  },
  {
    what: 'a new size',
    before: sleeper,
    command: ['mem', 'set', 'cut', '6M'],
    xl: 'mem-set',
    done: '[ "$(xenstore-read /local/domain/$(xl.real domid cut)/memory/target)" = 6144 ]',
    status: 75,
    says: unknown,
    after: [[['mem', 'get', 'cut'], 0]],
  },
];
