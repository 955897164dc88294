import {createRequire} from 'node:module'
import {extname} from 'node:path'
import {fileURLToPath, pathToFileURL} from 'node:url'
import {deserialize} from 'node:v8'
import {Fault, type FaultKind} from '../../base/fault.ts'
import {formatBytes} from '../../base/format-bytes.ts'
import {limitedProcess, MODULES_MEMORY} from '../../base/limited-process.ts'

export type ReadRequest =
  | {readonly type: 'open'; readonly file: string; readonly limit: number}
  | {
      readonly type: 'rows'
      readonly file: string
      readonly columns?: readonly string[]
      readonly group?: number | readonly number[] | 'first'
      /** The limit of bytes of all values. */
      readonly limit: number
    }

/** The serialized result of a request, or its fault. */
export type ReadResponse = Uint8Array | {readonly kind: FaultKind; readonly message: string}

export interface ReaderResult<Result> {
  readonly result: Result
  /** Its bytes, serialized. */
  readonly bytes: number
}

/**
 * Reads a parquet file in a process of its own, one request after the other: a hostile file of a few bytes can make the
 * library allocate any amount of memory.
 */
export async function requestFromReader<Result>(request: ReadRequest): Promise<ReaderResult<Result>> {
  const memory = MODULES_MEMORY + 8 * request.limit
  const seconds = Math.round(20 + request.limit / 2 ** 22)
  const limits = `${formatBytes(memory)} of memory or ${seconds} seconds`
  const exceeds = () =>
    new Fault('input', `${request.file}: damaged: reading it takes more than ${limits}; copy it again`)
  const response = await requestFrom<ReadResponse>(request, {memory, seconds, exceeds})
  if (!(response instanceof Uint8Array)) throw new Fault(response.kind, response.message)
  return {result: deserialize(response), bytes: response.length}
}

const entry = fileURLToPath(new URL(`./reader${extname(import.meta.url)}`, import.meta.url))
const loader = entry.endsWith('.ts') ? ['--import', pathToFileURL(createRequire(entry).resolve('tsx')).href] : []
const requestFrom = limitedProcess([...loader, entry])
