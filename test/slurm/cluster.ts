import {mkdirSync, writeFileSync} from 'node:fs'
import {createServer} from 'node:net'
import {userInfo} from 'node:os'
import {join} from 'node:path'
import {setTimeout} from 'node:timers/promises'
import {execa, type ResultPromise} from 'execa'

/** A Slurm of two nodes on this machine, ours alone: no root, no munge, no systemd, no control groups. */
export interface Cluster {
  /** With SLURM_CONF, by which Slurm's commands find it. */
  readonly env: Readonly<Record<string, string>>
  /** All that its daemons write. */
  readonly folder: string
  /** A Slurm command's output. */
  ask(command: string, ...args: string[]): Promise<string>
  /** Cuts a node off: its daemon is gone at once, what runs there lives on. */
  cut(node: string): Promise<void>
  stop(): Promise<void>
}

/** Starts it below `folder`, an array having at most `largestArray` tasks. */
export async function startCluster(folder: string, {largestArray}: {readonly largestArray: number}): Promise<Cluster> {
  const conf = join(folder, 'slurm.conf')
  const env = {SLURM_CONF: conf}
  const [ctld, ...ports] = await freePorts(1 + NODES.length)
  for (const name of ['state', ...NODES]) mkdirSync(join(folder, name), {recursive: true})
  writeFileSync(conf, confOf(folder, {ctld, ports, largestArray}))
  const {stdout} = await execa('slurmctld', ['-V'], {preferLocal: false})
  const old = Number(/slurm\S* (\d+)/.exec(stdout)?.[1]) < 23 // it knows no "disabled", and without groups takes this
  writeFileSync(join(folder, 'cgroup.conf'), `CgroupPlugin=${old ? 'cgroup/v1' : 'disabled'}\n`)

  const start = (command: string, ...args: string[]) =>
    execa(command, ['-D', ...args], {env, stdio: 'ignore', reject: false})
  const daemons = new Map<string, ResultPromise>([['', start('slurmctld', '-i')]])
  for (const node of NODES) daemons.set(node, start('slurmd', '-N', node))
  const ask = async (command: string, ...args: string[]) => String((await execa(command, args, {env})).stdout)
  const idle = async () =>
    (await ask('sinfo', '-hN', '-o', '%T').catch(() => '')).split('\n').filter(word => word === 'idle')
  for (let tries = 0; (await idle()).length < NODES.length; tries++) {
    if (tries === 400) throw new Error(`no Slurm within 20 s; its logs are in ${folder}`)
    await setTimeout(50)
  }
  return {
    env,
    folder,
    ask,
    async cut(node) {
      daemons.get(node)!.kill('SIGKILL')
      await daemons.get(node)
    },
    async stop() {
      await ask('scancel', '--user', userInfo().username).catch(() => {})
      for (const daemon of [...daemons.values()].reverse()) daemon.kill('SIGTERM')
      await Promise.all(daemons.values())
    },
  }
}

const NODES = ['n1', 'n2']

interface Settings {
  readonly ctld: number
  readonly ports: readonly number[]
  readonly largestArray: number
}

function confOf(folder: string, {ctld, ports, largestArray}: Settings): string {
  const {username} = userInfo()
  const settings = {
    ClusterName: 'test',
    SlurmctldHost: 'localhost',
    SlurmctldPort: ctld,
    SlurmUser: username,
    SlurmdUser: username,
    AuthType: 'auth/none',
    CredType: 'cred/none',
    StateSaveLocation: join(folder, 'state'),
    SlurmctldPidFile: join(folder, 'slurmctld.pid'),
    SlurmctldLogFile: join(folder, 'slurmctld.log'),
    SlurmdPidFile: join(folder, '%n.pid'),
    SlurmdLogFile: join(folder, '%n.log'),
    SlurmdSpoolDir: join(folder, '%n'),
    ProctrackType: 'proctrack/linuxproc',
    TaskPlugin: 'task/none',
    SelectType: 'select/cons_tres',
    SelectTypeParameters: 'CR_Core',
    SlurmdParameters: 'config_overrides', // a node may have more cores than this machine
    MaxArraySize: largestArray,
    ReturnToService: 2,
    SlurmdTimeout: 2,
    KillWait: 5,
    SchedulerParameters: 'sched_interval=1,batch_sched_delay=0',
  }
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}`)
  const nodes = NODES.map(
    (name, i) => `NodeName=${name} NodeAddr=127.0.0.1 NodeHostname=localhost Port=${ports[i]} CPUs=2`,
  )
  const partitions = [
    `PartitionName=main Nodes=${NODES} Default=YES MaxTime=INFINITE State=UP`,
    `PartitionName=shut Nodes=${NODES} MaxTime=INFINITE State=DOWN`,
  ]
  return [...lines, ...nodes, ...partitions, ''].join('\n')
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({length: count}, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map(server => new Promise(resolve => server.once('listening', resolve))))
  const ports = servers.map(server => (server.address() as {port: number}).port)
  await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))))
  return ports
}
