/** Why a host did not create a domain, from xl's words, and what the reader can do about it. */
import { HostError, type LwdError, ToolError, UserError } from '../../errors.js';
import { removeDamaged } from '../../host/dom0-files.js';
import type { Host } from '../../host/host.js';
import { printable } from '../../sys/printable.js';
import { jobIsOver } from '../script/leavings.js';
import type { DomainSpec } from '../spec/spec.js';
import type { LaunchResult } from './launch.js';

const taken = /already exists/;
const noMemory = /Cannot allocate memory|[Oo]ut of memory|not enough (?:free )?memory|failed to free memory|-ENOMEM/;
const noCpu = /affinity map is empty/;
const badImage = /Invalid kernel|no loader found|xc_dom_parse_image failed|xc_dom_kernel_file failed/;

/** Whether the name is, or was, another domain's. */
export function isNameTaken(result: LaunchResult): boolean {
  return result.kind === 'failed' && taken.test(result.said.join('\n'));
}

/** The error for a launch that did not come to a domain. May ask the host what is free. */
export async function refusal(result: LaunchResult, host: Host, spec: DomainSpec): Promise<LwdError> {
  if (result.kind === 'missing') {
    await host.forget(result.file);
    return new HostError(`${result.file} has gone from ${host.name} since it was sent there`, {
      exit: 'cannotCreate',
      next: ['try again: it will be sent anew'],
    });
  }
  if (result.kind !== 'failed') {
    return new HostError(`${host.name}: how domain ${spec.name} ended is not known`, {
      exit: 'outcomeUnknown',
      next: [`see what is there: lwd ps --host ${host.name}`],
    });
  }
  const said = result.said.join('\n');
  if (isNameTaken(result)) return nameTaken(host, spec);
  if (said.includes(jobIsOver)) {
    return new HostError(`${host.name} makes no domains for the job any more: it is over`, {
      exit: 'cannotCreate',
      next: ['what it asked for here too late is not there; submit it again for another run'],
    });
  }
  if (noMemory.test(said)) return noMemoryLeft(host, spec);
  if (noCpu.test(said)) return noSuchCpu(host, spec);
  if (badImage.test(said) && (await removeDamaged(host, spec.kernel))) {
    await host.forget(spec.kernel);
    return new HostError(`the image was damaged on ${host.name}: it is not the file that was sent there`, {
      exit: 'cannotCreate',
      next: ['try again: it will be sent anew'],
    });
  }
  return new ToolError(
    badImage.test(said)
      ? 'the host does not accept the image'
      : result.status > 128
        ? 'xl died while it made the domain, and what there was of it is gone'
        : 'the host refused the domain',
    {
      command: ['xl', 'create'],
      host: host.name,
      status: result.status,
      stderrTail: printable(result.said.slice(0, 12).join('\n')),
    },
    { exit: 'cannotCreate', next: ['what was asked of xl: lwd up --dry-run'] },
  );
}

function nameTaken(host: Host, spec: DomainSpec): UserError {
  return new UserError(`a domain named ${spec.name} is there already on ${host.name}`, {
    exit: 'cannotCreate',
    next: ['give this one another name: lwd up --name NAME', `or end that one: lwd down ${spec.name}`],
  });
}

function noSuchCpu(host: Host, spec: DomainSpec): UserError {
  return new UserError(`${host.name} has none of the CPUs "${spec.cpus}" on which ${spec.name} is to run`, {
    exit: 'cannotCreate',
    next: ['see which CPUs the host has: lwd host ssh -- xl info', 'then change cpus in lwd.yaml, or give --cpus'],
  });
}

async function noMemoryLeft(host: Host, spec: DomainSpec): Promise<HostError> {
  const info = await host.exec(['xl', 'info'], { timeout: 30_000 });
  const free = /^free_memory\s*:\s*(\d+)/m.exec(info.stdout)?.[1];
  return new HostError(
    `${host.name} has no ${spec.memory} MiB for domain ${spec.name}${free === undefined ? '' : `: ${free} MiB are free`}`,
    {
      exit: 'noResources',
      next: ['ask for less: lwd up --memory SIZE', 'or see what runs there: lwd ps'],
    },
  );
}
