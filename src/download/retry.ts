import {setTimeout} from 'node:timers/promises'
import {Fault} from '../base/fault.ts'
import type {Remote} from './remote.ts'
import {TransientError} from './transient-error.ts'

/** The signal that ends a wait, and a callback for long ones. */
export interface WaitOptions {
  readonly signal: AbortSignal
  /** Called with the reason for a long wait. */
  readonly onWait?: ((text: string) => void) | undefined
}

export interface RetryOptions extends WaitOptions {
  /** Its `pauseMs` is the delay before the second attempt; it doubles before each later one. */
  readonly remote: Pick<Remote, 'pauseMs' | 'advice'>
  /** A measure of progress. When it has grown since the last attempt, the next one follows at once and the count starts again. */
  readonly progress?: () => number
}

/**
 * Retries transient failures, with growing delays or those that the server asks for.
 *
 * @throws Fault 'io' after the last attempt
 */
export async function retried<T>(
  attempt: () => Promise<T>,
  {remote: {pauseMs, advice}, signal, progress = () => 0, onWait}: RetryOptions,
): Promise<T> {
  let reached = progress()
  for (let tries = 1; ; tries++) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof TransientError)) throw error
      if (progress() > reached) tries = 0
      reached = Math.max(reached, progress())
      if (tries === TRIES) {
        const remedy = isUnreachable(error) ? `; ${advice.offline}` : ''
        throw new Fault('io', `${error.message}, ${TRIES} times in a row${remedy}`, {cause: error})
      }
      const ms = error.afterMs ?? (tries && pauseMs * 2 ** (tries - 1) * (0.75 + Math.random() / 2)) // not all at one moment
      if (ms > LONGEST) {
        const asks = `and asks to wait ${Math.round(ms / 1000)} s; try again then`
        throw new Fault('io', `${error.message} ${asks}`, {cause: error})
      }
      if (ms > NOTABLE) onWait?.(`${error.message}: trying again in ${Math.round(ms / 1000)} s`)
      await setTimeout(ms, undefined, {signal}).catch(() => signal.throwIfAborted()) // Node would throw an error of its own
    }
  }
}

/** Whether no response came at all, as without a network. */
const isUnreachable = ({cause}: TransientError) => cause instanceof Error && 'syscall' in cause

const TRIES = 6
const LONGEST = 330_000 // the Hugging Face hub counts requests in windows of five minutes
const NOTABLE = 500
