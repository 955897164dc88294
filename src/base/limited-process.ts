import {type ChildProcess, type Serializable, spawn} from 'node:child_process'

interface RequestLimits {
  /** The memory of the process in bytes: on Linux all of it, elsewhere that of V8's objects. */
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
  const childWith = (memory: number): ChildProcess => {
    if (running !== undefined && isAlive(running.child) && running.memory === memory) return running.child
    running?.child.kill('SIGKILL')
    running = {child: start(args, memory), memory}
    return running.child
  }
  return <Response>(message: Serializable, limits: RequestLimits): Promise<Response> => {
    const response = queue.then(() => {
      clearTimeout(idle)
      const child = childWith(limits.memory)
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
    return await new Promise<Response>((resolve, reject) => {
      child.once('message', response => resolve(response as Response))
      child.once('error', reject)
      child.once('exit', (code, signal) => {
        const isEnded = signal !== null || code === ABORTED
        reject(isEnded ? exceeds(limit) : new Error(`a process with limited memory ended with code ${code}`))
      })
      child.send(message, undefined, undefined, () => {}) // where this fails, the process has ended
    })
  } finally {
    clearTimeout(timer)
    child.removeAllListeners()
    child.unref()
    child.channel?.unref()
  }
}

/** Windows gives an aborted process this code, and no signal. */
const ABORTED = 134

/** Starts the process in a process group of its own, so that Ctrl-C reaches svft alone, which decides when to end it. */
function start(args: readonly string[], memory: number): ChildProcess {
  const limit = `--max-old-space-size=${Math.ceil(memory / 2 ** 20)}`
  const node = [process.execPath, limit, '--import', PRELUDE, ...args]
  const limited = ['sh', '-c', `ulimit -c 0; ulimit -d ${Math.ceil(memory / 1024)}; exec "$0" "$@"`, ...node]
  const [program, ...rest] = process.platform === 'linux' ? limited : node
  const detached = process.platform !== 'win32'
  return spawn(program, rest, {stdio: ['ignore', 'ignore', 'ignore', 'ipc'], serialization: 'advanced', detached})
}

/**
 * The module that the process imports first. It leaves signals to svft, since Slurm sends them to every process of a job, and
 * starts a thread that ends the process once its parent has gone, even while it computes without end.
 */
const PRELUDE = `data:text/javascript,${encodeURIComponent(`
import {SHARE_ENV, Worker} from 'node:worker_threads'
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {})
const watch = "setInterval(() => process.ppid === " + process.ppid + " || process.kill(process.pid, 'SIGKILL'), 500)"
new Worker(watch, {eval: true, env: SHARE_ENV, execArgv: []}).unref()
`)}`

/** The memory of a process that does nothing yet, with a margin. */
export const IDLE_MEMORY = 2 ** 28

/** The process ends after this long without a request. */
const IDLE_MS = 2000
