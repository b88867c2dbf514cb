/**
 * The most that things of some weight can weigh together, when of some pairs one is over before the other begins: what a host
 * must have room for. Pure.
 *
 * A set in which nothing is over before anything else can be there at one time. By Dilworth's theorem the heaviest weighs as
 * much as the fewest chains that pass each thing as often as it weighs; and those are as many as all weights come to, less what
 * can flow from things to those that begin after them.
 */

/** `before` says of two indexes whether the first is over when the second begins. */
export function peak(weights: readonly number[], before: (first: number, second: number) => boolean): number {
  const { sums, apart } = transitive(alike(weights, before));
  return sums.reduce((sum, weight) => sum + weight, 0) - largestFlow(sums, apart);
}

interface Order {
  sums: number[];
  /** apart[a][b]: a is over before b begins. */
  apart: boolean[][];
}

/** Things that are before and behind the same ones, as copies of one domain are, are one of their weights' sum. */
function alike(weights: readonly number[], before: (first: number, second: number) => boolean): Order {
  const all = [...weights.keys()];
  const groups = new Map<string, { sum: number; one: number }>();
  for (const one of all) {
    const sides = all.map((other) => `${Number(before(one, other))}${Number(before(other, one))}`).join('');
    const group = groups.get(sides) ?? { sum: 0, one };
    groups.set(sides, { ...group, sum: group.sum + (weights[one] ?? 0) });
  }
  const kept = [...groups.values()];
  return {
    sums: kept.map(({ sum }) => sum),
    apart: kept.map(({ one }) => kept.map(({ one: other }) => before(one, other))),
  };
}

/**
 * Who is never there, since it was skipped, is over before its predecessors are: then a before b and b before c does not make a
 * before c. Such a pair (a, b) is left out, which can only make the peak higher than it is.
 */
function transitive({ sums, apart }: Order): Order {
  const left = apart.map((row) => [...row]);
  for (let changed = true; changed; ) {
    changed = false;
    for (const row of left) {
      for (const [second, isBefore] of row.entries()) {
        if (!isBefore || !left[second]?.some((follows, third) => follows && !row[third])) continue;
        row[second] = false;
        changed = true;
      }
    }
  }
  return { sums, apart: left };
}

/** From each thing as much as it weighs, to each as much as it weighs, along `apart`. */
function largestFlow(sums: readonly number[], apart: readonly boolean[][]): number {
  const from = [...sums];
  const to = [...sums];
  const flow = sums.map(() => sums.map(() => 0));
  let total = 0;
  for (let path = findPath(from, to, flow, apart); path !== undefined; path = findPath(from, to, flow, apart)) {
    const first = path[0] as Edge;
    const last = path.at(-1) as Edge;
    const taken = path.flatMap(({ first: a, second: b, forth }) => (forth ? [] : [flow[a]?.[b] ?? 0]));
    const amount = Math.min(from[first.first] ?? 0, to[last.second] ?? 0, ...taken);
    for (const { first: a, second: b, forth } of path) add(flow[a], b, forth ? amount : -amount);
    add(from, first.first, -amount);
    add(to, last.second, -amount);
    total += amount;
  }
  return total;
}

function add(row: number[] | undefined, index: number, amount: number): void {
  if (row !== undefined) row[index] = (row[index] ?? 0) + amount;
}

interface Edge {
  first: number;
  second: number;
  /** false: what flows there is led elsewhere. */
  forth: boolean;
}

/** The shortest way on which more can flow, edges forth and back by turns; undefined if there is none. */
function findPath(
  from: readonly number[],
  to: readonly number[],
  flow: readonly number[][],
  apart: readonly boolean[][],
): Edge[] | undefined {
  const begun = new Set<number>([...from.keys()].filter((first) => (from[first] ?? 0) > 0));
  const reached = new Set<number>();
  let ways = [...begun].map((first) => ({ first, path: [] as Edge[] }));
  while (ways.length > 0) {
    const next: typeof ways = [];
    for (const { first, path } of ways) {
      for (const [second, isBefore] of (apart[first] ?? []).entries()) {
        if (!isBefore || reached.has(second)) continue;
        reached.add(second);
        const forth = [...path, { first, second, forth: true }];
        if ((to[second] ?? 0) > 0) return forth;
        for (const [other, row] of flow.entries()) {
          if ((row[second] ?? 0) <= 0 || begun.has(other)) continue;
          begun.add(other);
          next.push({ first: other, path: [...forth, { first: other, second, forth: false }] });
        }
      }
    }
    ways = next;
  }
  return undefined;
}
