import {Fault} from '../base/fault.ts'

/** The reason why an engine does not work. */
export interface ProbeFailure {
  readonly message: string
  /** Whether it is not installed or not for this machine, as opposed to broken. */
  readonly absent: boolean
}

/** The failure that an error of an engine means. */
export const toFailure = (error: Error): ProbeFailure => ({
  message: error.message.split('\n')[0],
  absent: error instanceof Fault && error.absent === true,
})

/** The failure of a check; undefined if it passes. */
export function failureOfCheck(check: () => void): ProbeFailure | undefined {
  try {
    check()
    return undefined
  } catch (error) {
    return toFailure(error as Error)
  }
}
