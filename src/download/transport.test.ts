import {readFileSync} from 'node:fs'
import {createServer} from 'node:http'
import {createServer as createSecureServer} from 'node:https'
import type {AddressInfo} from 'node:net'
import {join} from 'node:path'
import {setTimeout} from 'node:timers/promises'
import {beforeAll, expect, test} from 'vitest'
import {closeLater} from '../../test/support/cleanup.ts'
import {ask} from './transport.ts'

/** Of localhost, signed by itself, for tests alone. */
const CERTIFICATE = join(import.meta.dirname, '../../test/fixtures/certificate')

const BODY = Buffer.alloc(15_000)

let url: URL
beforeAll(async () => {
  const server = createServer((request, response) => {
    if (request.url === '/silent') return
    if (request.url === '/endless') response.write(BODY)
    else response.end(BODY)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  closeLater(async () => {
    server.closeAllConnections()
    server.close()
  })
  url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})

/** Reads a body, and calls `onPiece` for each piece. */
async function read(path: string, signal: AbortSignal, onPiece = () => {}): Promise<number> {
  const response = await ask(new URL(path, url), {headers: {}, idleMs: 5000, signal})
  let bytes = 0
  for await (const piece of response.body()) {
    bytes += piece.length
    onPiece()
  }
  return bytes
}

test('a stop ends what is not read to its end, with its own reason, and breaks nothing else', async () => {
  const stop = new AbortController()
  const {signal} = stop
  const uncaught: unknown[] = []
  const note = (error: unknown) => uncaught.push(error)
  process.prependListener('uncaughtException', note)
  expect(await Promise.all(['/a', '/b', '/c'].map(path => read(path, signal)))).toEqual([15_000, 15_000, 15_000])
  const reading = ['/silent', '/endless', '/a', '/b'].map(path => read(path, signal))
  const stopping = read('/c', signal, () => stop.abort(new Error('enough'))) // its response has arrived, but is not read to its end
  const ends = await Promise.allSettled([...reading, stopping, read('/d', signal)])
  const late = await Promise.allSettled([read('/a', signal)])
  await setTimeout(100)
  process.off('uncaughtException', note)
  const known = ends.map(end => (end.status === 'fulfilled' ? end.value : end.reason.message))
  for (const end of known) expect(['enough', 15_000]).toContain(end)
  expect(known.slice(0, 2)).toEqual(['enough', 'enough'])
  expect(late).toMatchObject([{reason: {message: 'enough'}}])
  expect(uncaught).toEqual([])
})

test('an untrusted certificate is refused at once, with what to do behind a proxy', async () => {
  const [key, cert] = ['key.pem', 'certificate.pem'].map(name => readFileSync(join(CERTIFICATE, name)))
  const server = createSecureServer({key, cert})
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  closeLater(async () => void server.close())
  const {port} = server.address() as AddressInfo
  const asking = ask(new URL(`https://localhost:${port}`), {
    headers: {},
    idleMs: 5000,
    signal: new AbortController().signal,
  })
  await expect(asking).rejects.toMatchObject({
    kind: 'io',
    message: `localhost:${port}: its certificate is not trusted (self-signed certificate); if a proxy here puts its own in place, name the file of its authority in NODE_EXTRA_CA_CERTS`,
  })
})
