import {Fault, type FaultKind} from '../base/fault.ts'
import {makeFolder, remove} from '../base/files.ts'
import {parseJson} from '../base/json.ts'
import {readText} from '../base/read-file.ts'
import type {RunFolder} from './run-folder.ts'

export const FAILURE_FILE = 'failed.json'

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
  await remove(folder.file(FAILURE_FILE))
  try {
    return await work()
  } catch (error) {
    const isFailure = !(signal.aborted && error === signal.reason) && !(error instanceof Fault && error.kind === 'busy')
    if (isFailure) {
      const write = async () => {
        await makeFolder(folder.path)
        await folder.write(FAILURE_FILE, failureOf(error))
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

/** Reads why the last attempt failed; undefined if it did not. A record that cannot be read is a failure too, whose message says so. */
export async function readFailure(folder: RunFolder): Promise<Failure | undefined> {
  const file = folder.file(FAILURE_FILE)
  try {
    const text = await readText(file)
    return text === undefined ? undefined : (parseJson(text, file) as Failure)
  } catch (error) {
    return failureOf(error)
  }
}
