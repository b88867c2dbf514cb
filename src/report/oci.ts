/** What `lwd oci` says in the forms that callers of OCI runtimes read: the state, and lines of the log. */
import type { ContainerState, ContainerStatus } from '../oci/container-state.js';
import type { Failure } from './failure.js';
import type { Report } from './output.js';

/** The specification's state, which is JSON with or without --json. */
export function ociStateReport(state: ContainerState, status: ContainerStatus, pid: number): Report {
  const { ociVersion, id, bundle, annotations } = state;
  const value = { ociVersion, id, status, pid, bundle, annotations };
  return { toJson: () => value, toText: () => JSON.stringify(value, undefined, 2) };
}

/** A line of --log. */
export function ociLogLine({ message }: Failure, format: string, time: string): string {
  if (format === 'json') return `${JSON.stringify({ level: 'error', msg: message, time })}\n`;
  return `time=${JSON.stringify(time)} level=error msg=${JSON.stringify(message)}\n`;
}
