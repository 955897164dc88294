import {createHash, randomBytes, timingSafeEqual} from 'node:crypto'
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http'
import type {AddressInfo} from 'node:net'
import {finished} from 'node:stream/promises'
import {setTimeout} from 'node:timers/promises'
import {Fault} from '../base/fault.ts'

/** A file of the page, or its state, as it is sent. */
export interface PageFile {
  readonly type: 'text/html' | 'text/javascript' | 'application/json'
  readonly body: string | Uint8Array
  /** Whether a state is final, so that a page stops polling. */
  readonly isLast?: boolean
}

/** The page's files by the last part of their address; the query string is passed on. */
export type PageFiles = Readonly<Record<string, (query: URLSearchParams) => PageFile | Promise<PageFile>>>

export interface PageServerOptions {
  /** The port; undefined for any free one. */
  readonly port: number | undefined
  readonly files: PageFiles
}

export interface PageServer {
  /** The address of the page, with its access token. */
  readonly url: string
  /** Waits a few seconds at most for open browsers to read the final state, and stops the server. */
  close(): Promise<void>
}

const HOST = '127.0.0.1'

/** A page that has asked for its state within this time is open in a browser, however busy the machine is. */
const OPEN_MS = 10_000

/** The time within which an open page polls again. */
const LAST_MS = 5000

/**
 * Serves a page to browsers on this machine alone, read-only. Its address holds a random token. A request is refused unless
 * its Host header names this server, so that a website whose name is rebound to 127.0.0.1 reads nothing.
 *
 * @throws Fault 'usage' if the port cannot be used
 */
export async function servePage({port, files}: PageServerOptions): Promise<PageServer> {
  const token = randomBytes(16).toString('hex')
  let asked = Number.NEGATIVE_INFINITY
  let pending = 0
  const lastRead = new AbortController()
  const server = createServer(async (request, response) => {
    response.on('error', () => {}) // the browser has closed the connection
    pending++
    const hosts = [HOST, 'localhost'].map(host => `${host}:${ownPort()}`)
    const sent = await respond(request, response, {token, files, hosts})
    pending--
    if (sent?.isLast === undefined) return
    asked = performance.now()
    if (sent.isLast) lastRead.abort()
  })
  const ownPort = () => (server.address() as AddressInfo | null)?.port // a string only for a pipe
  server.unref()
  await new Promise<void>((resolve, reject) => {
    server.once('error', error => reject(portFault(port, error)))
    server.listen({port: port ?? 0, host: HOST}, resolve)
  })
  server.on('error', () => {})
  return {
    url: `http://${HOST}:${ownPort()}/${token}/`,
    async close() {
      const isOpen = pending > 0 || performance.now() - asked < OPEN_MS
      if (isOpen) await setTimeout(LAST_MS, undefined, {signal: lastRead.signal}).catch(() => {})
      server.close()
      server.closeAllConnections()
    },
  }
}

/** The file that a page polls. */
export const STATE = 'state.json'

interface Serving {
  readonly token: string
  readonly files: PageFiles
  readonly hosts: readonly string[]
}

/** Responds to a request, and returns the file if the browser has received all of it. */
async function respond(
  {method, headers, url = ''}: IncomingMessage,
  response: ServerResponse,
  {token, files, hosts}: Serving,
): Promise<PageFile | undefined> {
  const refuse = (status: number, text: string, more = {}) => {
    response.writeHead(status, {...HEADERS, ...more, 'Content-Type': 'text/plain; charset=utf-8'})
    response.end(`${text}\n`)
    return undefined
  }
  if (!hosts.includes(headers.host ?? '')) return refuse(403, 'this page is read at the address that svft printed')
  if (method !== 'GET') return refuse(405, 'this page is read-only', {Allow: 'GET'})
  const [, given = '', path = '', query = ''] = /^\/([^/?]*)\/?([^?]*)\??(.*)$/s.exec(url) ?? []
  if (!isEqual(given, token)) return refuse(403, 'the address lacks its token; svft printed the whole address')
  const file = Object.hasOwn(files, path) ? files[path] : undefined
  if (!file) return refuse(404, 'no such page')
  let found: PageFile
  try {
    found = await file(new URLSearchParams(query))
  } catch (error) {
    return refuse(500, (error as Error).message)
  }
  response.writeHead(200, {...HEADERS, 'Content-Type': `${found.type}; charset=utf-8`})
  response.end(found.body)
  return finished(response).then(
    () => found,
    () => undefined,
  )
}

/** Compares two texts in constant time. */
function isEqual(a: string, b: string): boolean {
  const [left, right] = [a, b].map(text => createHash('sha256').update(text).digest())
  return timingSafeEqual(left, right)
}

/** Forbids the page to load anything from elsewhere. Vega compiles its expressions, which needs unsafe-eval. */
const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'unsafe-inline'; img-src data:; font-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Cache-Control': 'no-store',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
}

function portFault(port: number | undefined, error: NodeJS.ErrnoException): Error {
  const advice = 'choose another one, or leave out --port for any free one'
  if (error.code === 'EADDRINUSE') return new Fault('usage', `--port ${port}: in use by another program; ${advice}`)
  if (error.code === 'EACCES') return new Fault('usage', `--port ${port}: permission denied; ${advice}`)
  return error
}
