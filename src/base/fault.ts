/** The kind of a fault, which decides on the exit code: see `exitCode`. */
export type FaultKind = 'usage' | 'recipe' | 'input' | 'io' | 'busy' | 'failed'

export interface FaultOptions {
  readonly cause?: unknown
  readonly at?: readonly (string | number)[] | undefined
}

/** An error that a person can fix: its message says where it is, what is wrong, and what would be right. */
export class Fault extends Error {
  readonly kind: FaultKind
  /** Where a recipe's value is wrong, the keys that lead to it: `['adapter', 'targets', 0]`. */
  readonly at?: FaultOptions['at']

  constructor(kind: FaultKind, message: string, {at, ...options}: FaultOptions = {}) {
    super(message, options)
    this.name = 'Fault'
    this.kind = kind
    if (at) this.at = at
  }
}

/** Runs `work` and prefixes the messages of its faults with `place: `. */
export async function prefixFaults<T>(place: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw prefixFault(place, error)
  }
}

/** Prefixes a fault's message with `place: ` unless it begins so; returns any other error as it is. */
export function prefixFault(place: string, error: unknown): unknown {
  if (error instanceof Fault && error.message.startsWith(`${place}:`)) return error
  return error instanceof Fault ? new Fault(error.kind, `${place}: ${error.message}`, {cause: error}) : error
}

/**
 * Exit codes (of sysexits.h where it has one): 2 usage, 78 bad recipe, 74 I/O, 1 any other failure, and where another
 * process is at work.
 */
export const exitCode = (kind: FaultKind) => ({usage: 2, recipe: 78, input: 1, io: 74, busy: 1, failed: 1})[kind]
