import {Fault, type FaultKind} from '../base/fault.ts'
import {makeFolder, remove} from '../base/files.ts'
import {parseJsonIfValid} from '../base/json.ts'
import {readText} from '../base/read-file.ts'
import type {RunFolder} from './run-folder.ts'

/** Why a run's last attempt failed, as recorded in its folder, whatever folder the attempt itself worked in. */
export interface Failure {
  readonly kind: FaultKind | 'bug'
  readonly message: string
}

/**
 * Runs `work`. If it fails, `failed.json` in the run's folder holds the reason until the run is tried again; a run that
 * was stopped, whose process died, or that another process is working on, has not failed.
 */
export async function recordFailure<T>(folder: RunFolder, work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  await remove(folder.file(FILE))
  try {
    return await work()
  } catch (error) {
    const isFailure = !(signal.aborted && error === signal.reason) && !(error instanceof Fault && error.kind === 'busy')
    if (isFailure) {
      const write = async () => {
        await makeFolder(folder.path)
        await folder.write(FILE, failureOf(error))
      }
      await write().catch(() => {}) // the first error counts
    }
    throw error
  }
}

export function failureOf(error: unknown): Failure {
  if (error instanceof Fault) return {kind: error.kind, message: error.message}
  const {name, message} = error as Error
  return {kind: 'bug', message: `${name}: ${message}`}
}

/** Undefined if the last attempt did not fail. */
export async function readFailure(folder: RunFolder): Promise<Failure | undefined> {
  const text = await readText(folder.file(FILE)).catch(() => undefined)
  return text === undefined ? undefined : (parseJsonIfValid(text) as Failure | undefined) // written whole, by svft
}

const FILE = 'failed.json'
