import {getSystemErrorMap} from 'node:util'

/** The kind of a fault, which decides the exit code; see `exitCode`. */
export type FaultKind = 'usage' | 'recipe' | 'input' | 'io' | 'busy' | 'diverged' | 'failed'

export interface FaultOptions {
  readonly cause?: unknown
  readonly at?: readonly (string | number)[] | undefined
  readonly absent?: boolean | undefined
}

/** An error that a user can fix: the message names the location, the problem and the remedy. */
export class Fault extends Error {
  readonly kind: FaultKind
  /** The keys of the wrong value in a recipe: `['adapter', 'targets', 0]`. */
  readonly at?: FaultOptions['at']
  /** Whether something optional is not installed, or not for this machine, as opposed to broken. */
  readonly absent?: FaultOptions['absent']

  constructor(kind: FaultKind, message: string, {at, absent, ...options}: FaultOptions = {}) {
    super(message, options)
    this.name = 'Fault'
    this.kind = kind
    if (at) this.at = at
    if (absent) this.absent = true
  }
}

/** Whether only a change of the recipe or of its files helps: the same command would fail again. */
export const isMistake = ({kind}: {readonly kind: string}): boolean => kind === 'recipe' || kind === 'input'

/** Runs `work` and prefixes the messages of its faults with `location: `. */
export async function prefixFaults<T>(location: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw prefixFault(location, error)
  }
}

/** Prefixes a fault's message with `location: ` unless it already begins with it; returns any other error unchanged. */
export function prefixFault(location: string, error: unknown): unknown {
  if (error instanceof Fault && error.message.startsWith(`${location}:`)) return error
  return error instanceof Fault ? new Fault(error.kind, `${location}: ${error.message}`, {cause: error}) : error
}

/** Runs `work` and throws its faults as faults of another kind. */
export async function withFaultKind<T>(kind: FaultKind, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof Fault ? new Fault(kind, error.message, {cause: error}) : error
  }
}

/** The result of `work`; undefined if it ends with a fault, or with one that `isExpected`. Any other error is thrown. */
export async function unlessFault<T>(
  work: () => Promise<T>,
  isExpected: (fault: Fault) => boolean = () => true,
): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Fault && isExpected(error)) return undefined
    throw error
  }
}

/** Converts an error of the file system to a fault `path: reason`; returns any other error unchanged. */
export function ioFault(path: string, error: unknown): unknown {
  if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) return error
  if (!('syscall' in error || REASONS.has(error.code))) return error
  return new Fault('io', `${path}: ${REASONS.get(error.code) ?? inWords(error)}`, {cause: error})
}

/** Throws an error of the file system as a fault `path: reason`; for `catch`. */
export const throwIoFault = (path: string) => (error: unknown) => {
  throw ioFault(path, error)
}

function inWords(error: Error & {readonly code?: unknown; readonly errno?: unknown}): string {
  const [, words] = (typeof error.errno === 'number' && getSystemErrorMap().get(error.errno)) || []
  return words ? `${words} (${error.code})` : error.message
}

const REASONS = new Map([
  ['ENOENT', 'no such file or folder'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'operation not permitted'],
  ['EISDIR', 'a folder, not a file'],
  ['ENOTDIR', 'a part of the path is a file, not a folder'],
  ['ELOOP', 'links that lead to each other'],
  ['ENOTEMPTY', 'already exists'],
  ['EEXIST', 'already exists'],
  ['ENOSPC', 'no space left on the disk'],
  ['EDQUOT', 'no space left in the disk quota'],
  ['EFBIG', 'larger than a file may be here'],
  ['EROFS', 'the disk is read-only'],
  ['EIO', 'the disk failed (EIO)'],
  ['ERR_INVALID_ARG_VALUE', 'not a path'],
  ['EMFILE', 'too many open files; raise the limit (ulimit -n)'],
])

/** The exit codes, from sysexits.h if it has one: 2 usage, 78 bad recipe, 74 I/O, 1 any other failure. */
export const exitCode = (kind: FaultKind) =>
  ({usage: 2, recipe: 78, input: 1, io: 74, busy: 1, diverged: 1, failed: 1})[kind]
