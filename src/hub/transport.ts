import http, {type IncomingHttpHeaders, type IncomingMessage} from 'node:http'
import https from 'node:https'
import {Fault} from '../engine/fault.ts'
import {Passing} from './passing.ts'

export interface Answer {
  readonly url: URL
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** The body's pieces, as they come. Passing: the connection is cut or silent. */
  readonly body: () => AsyncGenerator<Buffer>
  /** Lets go of a body that nobody reads. */
  readonly drop: () => void
}

export interface AskOptions {
  readonly headers: Readonly<Record<string, string>>
  readonly idleMs: number
  readonly signal: AbortSignal
}

/** One GET and its answer, whatever its status; redirects are not followed. */
export function ask(url: URL, {headers, idleMs, signal}: AskOptions): Promise<Answer> {
  const {request} = url.protocol === 'https:' ? https : http
  return new Promise((resolve, reject) => {
    const passing = (error: Error) =>
      signal.aborted ? signal.reason : new Passing(`${url.host}: ${inWords(error)}`, {cause: error})
    const silent = () => sent.destroy(new Error(`no byte in ${idleMs / 1000} s`))
    const sent = request(url, {headers, signal, timeout: idleMs})
    sent.on('timeout', silent)
    sent.on('error', error => reject(passing(error)))
    sent.on('response', message => {
      message.on('error', () => {}) // told by who reads it
      resolve({
        url,
        status: message.statusCode ?? 0,
        headers: message.headers,
        body: () => pieces(message, {url, passing}),
        drop: () => message.destroy(),
      })
    })
    sent.end()
  })
}

async function* pieces(
  message: IncomingMessage,
  {url, passing}: {readonly url: URL; readonly passing: (error: Error) => unknown},
): AsyncGenerator<Buffer> {
  const coding = message.headers['content-encoding'] ?? 'identity'
  if (coding !== 'identity') {
    message.destroy()
    throw new Fault('input', `${url.host} sends a compressed body, which was not asked for: ${coding.slice(0, 20)}`)
  }
  const source = message[Symbol.asyncIterator]()
  try {
    for (;;) {
      const {done, value} = await source.next().catch(error => Promise.reject(passing(error)))
      if (done) return
      yield value
    }
  } finally {
    message.destroy()
  }
}

function inWords(error: Error): string {
  const {code, message} = error as NodeJS.ErrnoException
  return WORDS.get(code ?? '') ?? message
}

const WORDS = new Map([
  ['ECONNREFUSED', 'nobody answers there (ECONNREFUSED)'],
  ['ECONNRESET', 'the connection was cut'],
  ['ENOTFOUND', 'no such host, or no network (ENOTFOUND)'],
  ['EAI_AGAIN', 'its address cannot be looked up now (EAI_AGAIN)'],
  ['ETIMEDOUT', 'it does not answer (ETIMEDOUT)'],
])
