/** What a domain that has ended had used, by Xen's own account: its line of `xl list`. */

export interface Used {
  /** Of all its vCPUs, to a tenth of a second. */
  cpuSeconds: number;
  vcpus: number;
  /** MiB that it had at its end. */
  memory: number;
}

/** undefined of a domain that was gone before anybody could look. */
export async function usedBy(domain: { reason: string | number; usage(): Promise<string> }): Promise<Used | undefined> {
  return domain.reason === 'gone' ? undefined : parseUsed(await domain.usage());
}

/** undefined if there is no such line. */
export function parseUsed(text: string): Used | undefined {
  for (const line of text.split('\n')) {
    const match = /^\S+ +\d{1,9} +(\d{1,9}) +(\d{1,4}) +[a-zA-Z?-]{6} +(\d{1,12}\.\d)$/.exec(line.trimEnd());
    if (match === null) continue;
    const [memory = 0, vcpus = 0, cpuSeconds = 0] = match.slice(1).map(Number);
    return { cpuSeconds, vcpus, memory };
  }
  return undefined;
}
