/** How `lwd host` shows a host. */
import type { HostStatus } from '../host/status.js';
import type { Report } from './output.js';

function hostReport(status: HostStatus): Report {
  return { toJson: () => hostJson(status), toText: () => hostLines(status).join('\n') };
}

/** Of several: one below the other. */
export function hostsReport(statuses: readonly HostStatus[]): Report {
  const [only, ...others] = statuses;
  if (only !== undefined && others.length === 0) return hostReport(only);
  return {
    toJson: () => ({ hosts: statuses.map(hostJson) }),
    toText: () => statuses.flatMap(hostLines).join('\n'),
  };
}

function hostJson({ name, because, state, capabilities, embedded }: HostStatus) {
  const instance = embedded?.instance;
  return {
    name,
    because,
    state,
    capabilities: capabilities ?? null,
    embedded: embedded && {
      current: embedded.current,
      pid: instance?.process.pid ?? null,
      port: instance?.port ?? null,
      accelerator: instance?.accelerator ?? null,
      memory: instance === undefined ? null : instance.memory * 1024 * 1024,
      started: instance?.started ?? null,
      image: embedded.image ?? null,
      run: embedded.run,
      login: instance === undefined ? null : embedded.login,
      packages: embedded.packages,
    },
  };
}

function hostLines({ name, because, state, capabilities, embedded }: HostStatus): string[] {
  const lines = [`${name}: ${state} (chosen because: ${because})`];
  if (capabilities) {
    const types = capabilities.types.join(', ') + (capabilities.fastPvh ? '' : '; PVH is emulated, so auto means pv');
    lines.push(`  Xen ${capabilities.xenVersion}; guests: ${types}`);
    lines.push(`  console logs: ${capabilities.consoleLogs ?? 'none: xenconsoled keeps none there'}`);
  }
  const instance = embedded?.instance;
  if (embedded && instance) {
    lines.push(
      `  QEMU ${instance.accelerator}, ${instance.memory} MiB, pid ${instance.process.pid}, since ${instance.started}`,
    );
    lines.push(`  log in: ${embedded.login}`);
    lines.push(`  Xen's console: ${embedded.run}/console.log`);
    if (!embedded.current) lines.push('  made by another lwd; for the present one: lwd host down && lwd host up');
  }
  if (embedded?.image) lines.push(`  image: ${embedded.image}`);
  if (state === 'stopped') lines.push('  start it: lwd host up (about a second; lwd up does it by itself)');
  if (state === 'absent') lines.push('  build and start it: lwd host up (about half a minute, once)');
  return lines;
}
