import {Fault} from '../base/fault.ts'
import type {Remote} from './remote.ts'
import {TransientError} from './transient-error.ts'
import {ask, type HttpResponse} from './transport.ts'

export interface RequestOptions {
  readonly remote: Remote
  readonly signal: AbortSignal
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * Sends a GET, follows redirects and returns a response of status 200 or 206. The secret goes to the remote's own
 * origin, and not even there after another host redirected. Throws a TransientError where the server is busy or silent, a
 * Fault for any other response.
 */
export async function get(address: string, {remote, signal, headers}: RequestOptions): Promise<HttpResponse> {
  const home = new URL(remote.home)
  let url = new URL(address)
  if (!isSafe(url, home))
    throw new Fault('input', `${remote.name} lists an address of ${url.protocol}//, which is not safe`)
  let trusted = true
  for (let hops = 0; hops <= HOPS; hops++) {
    trusted &&= url.origin === home.origin
    const secret: Record<string, string> =
      trusted && remote.authorization !== undefined ? {authorization: remote.authorization} : {}
    const response = await ask(url, {
      headers: {'user-agent': 'svft', 'accept-encoding': 'identity', ...headers, ...secret},
      idleMs: remote.idleMs,
      signal,
    })
    if (response.status === 200 || response.status === 206) return response
    response.drop()
    if (BUSY.has(response.status)) throw busy(response)
    if (!REDIRECTS.has(response.status)) throw remote.refusal(response)
    url = target(response)
  }
  throw new Fault('input', `${url.host} redirects in a circle: more than ${HOPS} times`)
}

/** Reads the whole body of a response. @throws Fault 'input' if it exceeds the limit for lists and descriptions */
export async function readBody(response: HttpResponse, {name}: Pick<Remote, 'name'>): Promise<Buffer> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of response.body()) {
    bytes += part.length
    if (bytes > MOST_BYTES) throw new Fault('input', `${name} sends more than ${MOST_BYTES} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts)
}

const MOST_BYTES = 2 ** 26
const HOPS = 8
const REDIRECTS = new Set([301, 302, 303, 307, 308])
const BUSY = new Set([408, 425, 429, 500, 502, 503, 504])

function target({url, headers}: HttpResponse): URL {
  const {location = ''} = headers
  if (!URL.canParse(location, url.href)) throw new Fault('input', `${url.host} redirects to an invalid address`)
  const next = new URL(location, url.href)
  if (isSafe(next, url)) return next
  throw new Fault('input', `${url.host} redirects from ${url.protocol}// to ${next.protocol}//, which is not safe`)
}

/** Whether an address that a server names may be asked: https, or http if the server itself is. */
const isSafe = ({protocol}: URL, from: URL) =>
  protocol === 'https:' || (protocol === 'http:' && from.protocol === 'http:')

function busy({url, status, headers}: HttpResponse): TransientError {
  const reason = status === 429 ? 'asks for fewer requests (429)' : `is temporarily unavailable (${status})`
  return new TransientError(`${url.host} ${reason}`, {afterMs: msToWait(headers)})
}

/** The wait that a busy server asks for: Retry-After, in seconds or until a date, or the Hugging Face hub's RateLimit: `"api";r=0;t=55`. */
function msToWait(headers: HttpResponse['headers']): number | undefined {
  const after = headers['retry-after']?.trim() ?? ''
  const [, reset] = /;\s*r=0\s*;\s*t=(\d+)/.exec(String(headers.ratelimit ?? '')) ?? []
  if (after === '' && reset !== undefined) return 1000 * (Number(reset) + 1) // whole seconds, perhaps rounded down
  const ms = /^\d+$/.test(after) ? 1000 * Number(after) : Date.parse(after) - Date.now()
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined
}
