/** What batch systems write into the environment of a task. Slurm's as Slurm 22.05 wrote it. */

/** The second of three tasks of `srun` in a job with two nodes, which is the first of an array. */
export const slurmTask = {
  SLURMD_NODENAME: 'xen0',
  SLURM_ARRAY_JOB_ID: '3',
  SLURM_ARRAY_TASK_COUNT: '2',
  SLURM_ARRAY_TASK_ID: '1',
  SLURM_CPUS_ON_NODE: '2',
  SLURM_JOB_CPUS_PER_NODE: '2,1',
  SLURM_JOB_ID: '4',
  SLURM_JOB_NODELIST: 'xen[0-1]',
  SLURM_LOCALID: '1',
  SLURM_MEM_PER_NODE: '300',
  SLURM_NODEID: '0',
  SLURM_PROCID: '1',
  SLURM_STEP_ID: '0',
  SLURM_STEP_NUM_TASKS: '3',
  SLURM_STEP_TASKS_PER_NODE: '2,1',
};

/** `scontrol show job -d 4` for it. */
export const slurmJob = `JobId=4 ArrayJobId=3 ArrayTaskId=1 JobName=job.sh
   UserId=root(0) GroupId=root(0) MCS_label=N/A
   Priority=4294901757 Nice=0 Account=(null) QOS=(null)
   JobState=RUNNING Reason=None Dependency=(null)
   Requeue=1 Restarts=0 BatchFlag=1 Reboot=0 ExitCode=0:0
   DerivedExitCode=0:0
   RunTime=00:00:00 TimeLimit=00:05:00 TimeMin=N/A
   SubmitTime=2026-11-23T07:05:01 EligibleTime=2026-11-23T07:05:02
   AccrueTime=2026-11-23T07:05:02
   StartTime=2026-11-23T07:05:02 EndTime=2026-11-23T07:10:02 Deadline=N/A
   SuspendTime=None SecsPreSuspend=0 LastSchedEval=2026-11-23T07:05:02 Scheduler=Main
   Partition=xen AllocNode:Sid=localhost:20143
   ReqNodeList=(null) ExcNodeList=(null)
   NodeList=xen[0-1]
   BatchHost=xen0
   NumNodes=2 NumCPUs=3 NumTasks=3 CPUs/Task=1 ReqB:S:C:T=0:0:*:*
   TRES=cpu=3,mem=600M,node=2,billing=3
   Socks/Node=* NtasksPerN:B:S:C=0:0:*:* CoreSpec=*
   JOB_GRES=(null)
     Nodes=xen0 CPU_IDs=0-1 Mem=300 GRES=
     Nodes=xen1 CPU_IDs=0 Mem=300 GRES=
   MinCPUsNode=1 MinMemoryNode=300M MinTmpDiskNode=0
   Features=(null) DelayBoot=00:00:00
   OverSubscribe=OK Contiguous=0 Licenses=(null) Network=(null)
   Command=/home/user/job.sh
   WorkDir=/home/user
   Power=

`;

export const fluxTask = {
  FLUX_JOB_ID: 'ƒ2Xz9',
  FLUX_JOB_NNODES: '2',
  FLUX_JOB_SIZE: '4',
  FLUX_TASK_LOCAL_ID: '1',
  FLUX_TASK_RANK: '3',
  FLUX_URI: 'local:///run/flux/local',
};

export const pbsTask = {
  NCPUS: '4',
  PBS_ARRAY_INDEX: '7',
  PBS_ENVIRONMENT: 'PBS_BATCH',
  PBS_JOBID: '123[7].pbs.example.org',
  PBS_NODEFILE: '/var/spool/pbs/aux/123',
};
