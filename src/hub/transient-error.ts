/** What may be over in a moment: a cut connection, a busy server. Asking again is worth it. */
export class TransientError extends Error {
  /** Milliseconds that the server wants us to wait. */
  readonly afterMs?: number

  constructor(message: string, {afterMs, cause}: {readonly afterMs?: number; readonly cause?: unknown} = {}) {
    super(message, {cause})
    this.name = 'Passing'
    if (afterMs !== undefined) this.afterMs = afterMs
  }
}
