import {type ChildProcess, type Serializable, spawn} from 'node:child_process'
import {readFileSync} from 'node:fs'

interface RequestLimits {
  /** The bytes that the process may allocate once it has started: on Linux all of them, elsewhere those of V8's objects. */
  readonly memory: number
  readonly seconds: number
  /** The error of a request that exceeds a limit. */
  exceeds(limit: 'memory' | 'seconds'): Error
}

/**
 * A Node process that handles one request at a time, for work on files that may be hostile: what they make a library
 * allocate ends only that process, without a core file. It starts with the first request, and ends when none comes for a while.
 */
export function limitedProcess(args: readonly string[]) {
  let running: {readonly child: ChildProcess; readonly memory: number} | undefined
  let idle: NodeJS.Timeout | undefined
  let queue: Promise<unknown> = Promise.resolve()

  /** The process that is running, if it has this limit of memory, else a new one. */
  const childWith = async (memory: number): Promise<ChildProcess> => {
    if (running !== undefined && isAlive(running.child) && running.memory === memory) return running.child
    running?.child.kill('SIGKILL')
    running = {child: await start(args, memory), memory}
    return running.child
  }
  return <Response>(message: Serializable, limits: RequestLimits): Promise<Response> => {
    const response = queue.then(async () => {
      clearTimeout(idle)
      const child = await childWith(limits.memory)
      return ask<Response>(child, message, limits).finally(() => {
        idle = setTimeout(() => child.kill('SIGKILL'), IDLE_MS).unref()
      })
    })
    queue = response.catch(() => {})
    return response
  }
}

const isAlive = ({connected, exitCode, signalCode, killed}: ChildProcess): boolean =>
  connected && exitCode === null && signalCode === null && !killed

async function ask<Response>(
  child: ChildProcess,
  message: Serializable,
  {seconds, exceeds}: RequestLimits,
): Promise<Response> {
  let limit: 'memory' | 'seconds' = 'memory'
  const timer = setTimeout(() => {
    limit = 'seconds'
    child.kill('SIGKILL')
  }, 1000 * seconds)
  child.ref()
  child.channel?.ref()
  try {
    const response = nextMessage<Response>(child)
    child.send(message, undefined, undefined, () => {}) // where this fails, the process has ended
    return await response
  } catch (error) {
    throw error instanceof Ended && error.isAborted ? exceeds(limit) : error
  } finally {
    clearTimeout(timer)
    child.unref()
    child.channel?.unref()
  }
}

/** The error of a process that has ended without a response. */
class Ended extends Error {
  readonly isAborted: boolean

  constructor(code: number | null, signal: NodeJS.Signals | null) {
    super(`a process with limited memory ended with ${signal ?? `code ${code}`}`)
    this.isAborted = signal !== null || code === ABORTED
  }
}

async function nextMessage<Message>(child: ChildProcess): Promise<Message> {
  try {
    return await new Promise<Message>((resolve, reject) => {
      child.once('message', message => resolve(message as Message))
      child.once('error', reject)
      child.once('exit', (code, signal) => reject(new Ended(code, signal)))
    })
  } finally {
    child.removeAllListeners()
  }
}

/** Windows gives an aborted process this code, and no signal. */
const ABORTED = 134

/** Starts the process in a process group of its own, so that Ctrl-C reaches svft alone, which decides when to end it. */
async function start(args: readonly string[], memory: number): Promise<ChildProcess> {
  const limit = `--max-old-space-size=${Math.ceil(memory / 2 ** 20)}`
  const child = spawn(process.execPath, [limit, '--import', PRELUDE, ...args], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'advanced',
    detached: process.platform !== 'win32',
  })
  try {
    const pid = await nextMessage<number>(child)
    if (process.platform === 'linux') await limitResources(pid, memory)
    return child
  } catch (error) {
    child.kill('SIGKILL') // without its limits it must not work, nor keep svft waiting
    throw error
  }
}

/**
 * Lets a process of Linux allocate so many bytes more, and write no core file. What it has at its start differs between versions of Node:
 * V8 of Node 24 sets aside 512 MB for compiled code in each thread.
 */
async function limitResources(pid: number, bytes: number): Promise<void> {
  const {koffi} = await import('./native/koffi.ts')
  const prlimit = koffi.load(null).func('int prlimit(int pid, int resource, uint64_t *limits, void *old)')
  const kilobytes = /(?<=^VmData:\s+)\d+/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[0]
  const data = BigInt(1024 * Number(kilobytes) + bytes)
  const isSet = [
    prlimit(pid, RLIMIT_DATA, BigUint64Array.of(data, data), null),
    prlimit(pid, RLIMIT_CORE, BigUint64Array.of(0n, 0n), null),
  ]
  if (isSet.some(status => status !== 0)) throw new Error('the memory of a process cannot be limited')
}

const RLIMIT_DATA = 2
const RLIMIT_CORE = 4

/**
 * The module that the process imports first. It leaves signals to svft, since Slurm sends them to every process of a job, and
 * starts a thread that ends the process once its parent has gone, even while it computes without end. Then it sends its number.
 */
const PRELUDE = `data:text/javascript,${encodeURIComponent(`
import {once} from 'node:events'
import {SHARE_ENV, Worker} from 'node:worker_threads'
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {})
const watch = "setInterval(() => process.ppid === " + process.ppid + " || process.kill(process.pid, 'SIGKILL'), 500)"
const thread = new Worker(watch, {eval: true, env: SHARE_ENV, execArgv: []})
await once(thread, 'online')
thread.unref()
process.send(process.pid)
`)}`

/** What a request's own modules take, with a margin. */
export const MODULES_MEMORY = 2 ** 28

/** The process ends after this long without a request. */
const IDLE_MS = 2000
