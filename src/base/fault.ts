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

/** The exit codes, from sysexits.h if it has one: 2 usage, 78 bad recipe, 74 I/O, 1 any other failure. */
export const exitCode = (kind: FaultKind) =>
  ({usage: 2, recipe: 78, input: 1, io: 74, busy: 1, diverged: 1, failed: 1})[kind]
