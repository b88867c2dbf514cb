/** Lines of `xl list -v`: every domain of the host, not only lwd's. Pure. */

export interface Row {
  name: string;
  id: number;
  memory: number;
  vcpus: number;
  flags: string;
  time: number;
  uuid: string;
  /** undefined unless it has shut down. */
  reason: number | undefined;
}

/** Lines of `xl list -v`; the heading and what is no such line is passed over. */
export function parseRows(text: string): Row[] {
  const line =
    /^(.+?) +(\d+) +(\d+) +(\d+) +([a-zA-Z?-]{6}) +(\d+\.\d+) +([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}) +(-|[0-9a-f]+)(?: |$)/;
  return text.split('\n').flatMap((candidate) => {
    const [, name = '', id, memory, vcpus, flags = '', time, uuid = '', reason = '-'] = line.exec(candidate) ?? [];
    if (id === undefined) return [];
    return [
      {
        name,
        id: Number(id),
        memory: Number(memory),
        vcpus: Number(vcpus),
        flags,
        time: Number(time),
        uuid,
        reason: reason === '-' ? undefined : Number.parseInt(reason, 16),
      },
    ];
  });
}
