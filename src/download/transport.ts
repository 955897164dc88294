import http, {type IncomingHttpHeaders, type IncomingMessage} from 'node:http'
import https from 'node:https'
import {Fault} from '../base/fault.ts'
import {TransientError} from './transient-error.ts'

export interface HttpResponse {
  readonly url: URL
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** The body's chunks as they arrive. @throws TransientError if the connection is cut, stalls or is too slow */
  readonly body: () => AsyncGenerator<Buffer>
  /** Discards an unread body. */
  readonly drop: () => void
}

export interface HttpOptions {
  readonly headers: Readonly<Record<string, string>>
  readonly idleMs: number
  readonly signal: AbortSignal
}

/**
 * Sends one GET and returns its response, whatever its status; redirects are not followed.
 *
 * @throws Fault 'io' if the server's certificate is not trusted; TransientError for any other failure of the connection
 */
export function ask(url: URL, {headers, idleMs, signal}: HttpOptions): Promise<HttpResponse> {
  const {request} = url.protocol === 'https:' ? https : http
  return new Promise((resolve, reject) => {
    const transient = (error: Error) => (signal.aborted ? signal.reason : failure(url, error))
    const silent = () => sent.destroy(new Error(`no byte in ${idleMs / 1000} s`))
    signal.throwIfAborted()
    const sent = request(url, {headers, timeout: idleMs})
    let stop = () => void sent.destroy(new Error('stopped'))
    const onAbort = () => stop() // the option `signal` would break sockets that nobody listens to, which ends the process
    signal.addEventListener('abort', onAbort)
    const late = setTimeout(() => sent.destroy(new Error(`no response in ${idleMs / 1000} s`)), idleMs)
    sent.on('timeout', silent)
    sent.on('error', error => reject(transient(error)))
    sent.on('close', () => {
      clearTimeout(late)
      signal.removeEventListener('abort', onAbort)
    })
    sent.on('response', message => {
      clearTimeout(late)
      stop = () => void message.destroy()
      message.on('error', () => {}) // reported to whoever reads the body
      resolve({
        url,
        status: message.statusCode ?? 0,
        headers: message.headers,
        body: () => pieces(message, {url, idleMs, transient}),
        drop: () => message.destroy(),
      })
    })
    sent.end()
  })
}

async function* pieces(
  message: IncomingMessage,
  {url, idleMs, transient}: {readonly url: URL; readonly idleMs: number; readonly transient: (error: Error) => unknown},
): AsyncGenerator<Buffer> {
  const coding = message.headers['content-encoding'] ?? 'identity'
  if (coding !== 'identity') {
    message.destroy()
    throw new Fault('input', `${url.host} sent a compressed body, which was not requested: ${coding.slice(0, 20)}`)
  }
  const source = message[Symbol.asyncIterator]()
  let bytes = 0
  let waited = 0 // only while we wait for the network: a slow disk of ours is not the server's fault
  try {
    for (;;) {
      const asked = performance.now()
      const {done, value} = await source.next().catch(error => Promise.reject(transient(error)))
      if (done) return
      bytes += value.length
      waited += performance.now() - asked
      if (waited >= idleMs) {
        const rate = (1000 * bytes) / waited
        if (rate < LEAST_RATE) throw new TransientError(`${url.host}: only ${Math.ceil(rate)} bytes per second`)
        bytes = 0
        waited = 0
      }
      yield value
    }
  } finally {
    message.destroy()
  }
}

/** Bytes per second, over a window of `idleMs`, below which a connection is dropped. */
const LEAST_RATE = 1000

/** What a broken connection is reported as: another try would meet the same certificate. */
function failure({host}: URL, error: NodeJS.ErrnoException): Fault | TransientError {
  const {code = '', message} = error
  if (!/CERT|UNABLE_TO_VERIFY/.test(code))
    return new TransientError(`${host}: ${WORDS.get(code) ?? message}`, {cause: error})
  const advice = 'if a proxy here puts its own in place, name the file of its authority in NODE_EXTRA_CA_CERTS'
  return new Fault('io', `${host}: its certificate is not trusted (${message}); ${advice}`, {cause: error})
}

const WORDS = new Map([
  ['ECONNREFUSED', 'connection refused (ECONNREFUSED)'],
  ['ECONNRESET', 'the connection was cut'],
  ['ENOTFOUND', 'no such host, or no network (ENOTFOUND)'],
  ['EAI_AGAIN', 'its address cannot be looked up now (EAI_AGAIN)'],
  ['ETIMEDOUT', 'connection timed out (ETIMEDOUT)'],
])
