/** slurm.conf of the tests' cluster (slurm-lab.ts), but for the lines that `lwd slurm install` asks for. */
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { freePorts } from './free-ports.js';

/** `plugins`: the folder of Slurm's own. Each node is of two CPUs, and listens on a port of its own. */
export async function slurmConf(folder: string, plugins: string, nodes: readonly string[]): Promise<string[]> {
  const user = userInfo().username;
  const name = hostname().split('.')[0];
  const ports = await freePorts(1 + nodes.length);
  return [
    'ClusterName=lwdlab',
    `SlurmctldHost=${name}(127.0.0.1)`,
    `SlurmctldPort=${ports[0]}`,
    `SlurmUser=${user}`,
    `SlurmdUser=${user}`,
    'AuthType=auth/munge',
    // A job that is requeued waits for its credentials to expire: two minutes otherwise.
    `AuthInfo=socket=${join(folder, 'munge/socket')},cred_expire=5`,
    'CommunicationParameters=NoCtldInAddrAny,NoInAddrAny',
    `PluginDir=${plugins}`,
    `StateSaveLocation=${join(folder, 'state')}`,
    `SlurmdSpoolDir=${join(folder, '%n')}`,
    `SlurmctldPidFile=${join(folder, 'slurmctld.pid')}`,
    `SlurmdPidFile=${join(folder, 'slurmd-%n.pid')}`,
    'ProctrackType=proctrack/linuxproc',
    'ReturnToService=2',
    'KillWait=20',
    'MinJobAge=3600',
    'SchedulerParameters=sched_interval=1',
    ...nodes.map(
      (node, index) =>
        `NodeName=${node} NodeHostname=${name} NodeAddr=127.0.0.1 Port=${ports[index + 1]} CPUs=2 Sockets=1 CoresPerSocket=2 ` +
        'ThreadsPerCore=1 RealMemory=1000 Gres=xendom:8',
    ),
    `PartitionName=xen Nodes=${nodes.join(',')} Default=YES MaxTime=INFINITE State=UP`,
  ];
}
