/** Whose mistake it is, and with it the exit code: see `exitCode`. */
export type FaultKind = 'usage' | 'recipe' | 'input' | 'io' | 'busy' | 'failed'

export interface FaultOptions {
  readonly cause?: unknown
  readonly at?: readonly (string | number)[] | undefined
}

/** An error that a person can mend: its message says what is wrong, where, and what would be right. */
export class Fault extends Error {
  readonly kind: FaultKind
  /** The keys that lead to the value of the recipe that is wrong, where it is one: `['adapter', 'targets', 0]`. */
  readonly at?: FaultOptions['at']

  constructor(kind: FaultKind, message: string, {at, ...options}: FaultOptions = {}) {
    super(message, options)
    this.name = 'Fault'
    this.kind = kind
    if (at) this.at = at
  }
}

/** Does `work`; its faults are told with `place: ` in front. */
export async function prefixFaults<T>(place: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw prefixFault(place, error)
  }
}

/** A fault with `place: ` in front, where it does not begin with that or a line of it; any other error as it is. */
export function prefixFault(place: string, error: unknown): unknown {
  if (error instanceof Fault && error.message.startsWith(`${place}:`)) return error
  return error instanceof Fault ? new Fault(error.kind, `${place}: ${error.message}`, {cause: error}) : error
}

/**
 * Exit codes (sysexits.h where it has one): 2 usage, 78 bad recipe, 74 I/O, 1 anything else that failed, or that another
 * process is at work on.
 */
export const exitCode = (kind: FaultKind) => ({usage: 2, recipe: 78, input: 1, io: 74, busy: 1, failed: 1})[kind]
