import {type ChildProcess, spawn} from 'node:child_process'
import {createRequire} from 'node:module'
import {extname} from 'node:path'
import {fileURLToPath, pathToFileURL} from 'node:url'
import {deserialize} from 'node:v8'
import {Fault, type FaultKind} from '../../base/fault.ts'
import {formatBytes} from '../../base/format-bytes.ts'

export type ReadRequest =
  | {readonly type: 'open'; readonly file: string; readonly limit: number}
  | {
      readonly type: 'rows'
      readonly file: string
      readonly columns?: readonly string[]
      readonly group?: number | 'first'
      /** The limit of bytes of all values. */
      readonly limit: number
    }

/** The serialized result of a request, or its fault. */
export type ReadResponse = Uint8Array | {readonly kind: FaultKind; readonly message: string}

/** A process that reads parquet files, with the limit of its memory in bytes. */
interface Reader {
  readonly child: ChildProcess
  readonly memory: number
}

let reader: Reader | undefined
let idle: NodeJS.Timeout | undefined
let queue: Promise<unknown> = Promise.resolve()

/**
 * Reads a parquet file in a process of its own, one request after the other: a hostile file of a few bytes can make the
 * library allocate any amount of memory, which then ends only that process.
 */
export function requestFromReader<Result>(request: ReadRequest): Promise<Result> {
  const response = queue.then(() => send(request))
  queue = response.catch(() => {})
  return response as Promise<Result>
}

async function send(request: ReadRequest): Promise<unknown> {
  clearTimeout(idle)
  const {child, memory} = readerWith(BASE_MEMORY + 8 * request.limit)
  const seconds = Math.round(20 + request.limit / 2 ** 22)
  const timer = setTimeout(() => child.kill('SIGKILL'), 1000 * seconds)
  child.ref()
  child.channel?.ref()
  try {
    const response = await new Promise<ReadResponse>((resolve, reject) => {
      child.once('message', resolve)
      child.once('error', reject)
      child.once('exit', (code, signal) => {
        if (signal === null) return reject(new Error(`the process that reads parquet files ended with code ${code}`))
        const limits = `${formatBytes(memory)} of memory or ${seconds} seconds`
        reject(new Fault('input', `${request.file}: damaged: reading it takes more than ${limits}; copy it again`))
      })
      child.send(request)
    })
    if (!(response instanceof Uint8Array)) throw new Fault(response.kind, response.message)
    return deserialize(response)
  } finally {
    clearTimeout(timer)
    child.removeAllListeners()
    child.unref()
    child.channel?.unref()
    idle = setTimeout(() => child.kill('SIGKILL'), IDLE_MS).unref()
  }
}

/** The process that is running, if it has this limit of memory, else a new one. */
function readerWith(memory: number): Reader {
  const alive = reader?.child.exitCode === null && reader.child.signalCode === null && !reader.child.killed
  if (reader !== undefined && alive && reader.memory === memory) return reader
  reader?.child.kill('SIGKILL')
  reader = {child: startProcess(memory), memory}
  return reader
}

/** Starts the process. Linux limits all its memory; elsewhere V8 limits its objects. */
function startProcess(memory: number): ChildProcess {
  const entry = fileURLToPath(new URL(`./reader${extname(import.meta.url)}`, import.meta.url))
  const loader = entry.endsWith('.ts') ? ['--import', pathToFileURL(createRequire(entry).resolve('tsx')).href] : []
  const command = [process.execPath, `--max-old-space-size=${Math.ceil(memory / 2 ** 20)}`, ...loader, entry]
  const limited = ['sh', '-c', `ulimit -c 0; ulimit -d ${Math.ceil(memory / 1024)}; exec "$0" "$@"`, ...command]
  const [program, ...args] = process.platform === 'linux' ? limited : command
  return spawn(program, args, {stdio: ['ignore', 'ignore', 'ignore', 'ipc'], serialization: 'advanced'})
}

/** Memory of a process that reads nothing yet, with a margin. */
const BASE_MEMORY = 2 ** 28

/** After so long without a request, the process ends. */
const IDLE_MS = 2000
