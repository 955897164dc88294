import type {Fault} from '../base/fault.ts'
import type {HttpResponse} from './transport.ts'

/** A server of files, and how to treat it. */
export interface Remote {
  /** The name in messages: `the hub`. */
  readonly name: string
  /** An address of the server: only its origin gets the secret. */
  readonly home: string
  /** The value of the Authorization header: a secret, never printed. */
  readonly authorization?: string | undefined
  /** The first pause before a request is tried again; it doubles each time. */
  readonly pauseMs: number
  /** A connection is dropped if it delivers nothing for this long, or less than 1 kB per second over a window of this length. */
  readonly idleMs: number
  /** The fault for a response that is neither content nor a request to try again. */
  readonly refusal: (response: HttpResponse) => Fault
  readonly advice: {
    /** Advice for when no server can be reached. */
    readonly offline: string
    /** Another source to try when the bytes are wrong: `another HF_ENDPOINT`. */
    readonly instead: string
  }
}
