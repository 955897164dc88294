/** A failure that may be over in a moment, such as a cut connection or a busy server: the request is worth repeating. */
export class TransientError extends Error {
  /** Milliseconds that the server wants us to wait. */
  readonly afterMs?: number

  constructor(message: string, {afterMs, cause}: {readonly afterMs?: number; readonly cause?: unknown} = {}) {
    super(message, {cause})
    this.name = 'TransientError'
    this.afterMs = afterMs
  }
}
