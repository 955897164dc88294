import {type IncomingMessage, request} from 'node:http'
import {setTimeout} from 'node:timers/promises'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {type PageServer, STATE, servePage} from './page-server.ts'

let isLast = false
let body = ''
const files = {
  '': () => ({type: 'text/html', body: 'page'}) as const,
  [STATE]: (query: URLSearchParams) =>
    ({type: 'application/json', body: body || `"${query.get('look')}"`, isLast}) as const,
  broken: () => Promise.reject(new Error('cannot be read')),
}

let server: PageServer
beforeEach(async () => {
  isLast = false
  body = ''
  server = await servePage({port: undefined, files})
})
afterEach(() => server.close())

interface Reply {
  readonly status: number | undefined
  readonly text: string
  readonly headers: Readonly<Record<string, unknown>>
}

/** Sends a request to the server; fetch would not send another Host header. */
function ask(path: string, {method = 'GET', host = ''} = {}): Promise<Reply> {
  const {port, hostname} = new URL(server.url)
  return new Promise((resolve, reject) => {
    const headers = {Host: host || `${hostname}:${port}`}
    request({hostname, port, path, method, headers}, response => {
      const parts: Buffer[] = []
      response.on('data', part => parts.push(part))
      response.on('end', () =>
        resolve({status: response.statusCode, text: Buffer.concat(parts).toString(), headers: response.headers}),
      )
    })
      .on('error', reject)
      .end()
  })
}

const own = () => new URL(server.url).pathname

test('the page is read at its address, on this machine alone, and may load nothing from elsewhere', async () => {
  expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}\/$/)
  const {status, text, headers} = await ask(own())
  expect([status, text]).toEqual([200, 'page'])
  expect(headers['content-security-policy']).toMatch(
    /^default-src 'none'; .*connect-src 'self'.*frame-ancestors 'none'/,
  )
  expect(headers).toMatchObject({'referrer-policy': 'no-referrer', 'cache-control': 'no-store'})
  isLast = true
  expect((await ask(`${own()}${STATE}?look=dark`)).text).toBe('"dark"')
})

test('a request without the token, with another one or with a part of it is refused', async () => {
  const token = own().slice(1, -1)
  for (const path of [
    '/',
    '/state.json',
    `/${'0'.repeat(32)}/`,
    `/${token.slice(0, -1)}/`,
    `/${token}0/`,
    '//',
    '/..',
  ]) {
    expect((await ask(path)).status, path).toBe(403)
  }
  expect((await ask(`${own()}nothing`)).status).toBe(404)
  expect((await ask(`${own()}toString`)).status).toBe(404)
  expect((await ask(`${own()}../../etc/passwd`)).status).toBe(404)
})

test('a request to another host is refused, as after its name was rebound to this machine', async () => {
  const {port} = new URL(server.url)
  expect((await ask(own(), {host: `localhost:${port}`})).status).toBe(200)
  for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1', '127.0.0.1:1']) {
    expect((await ask(own(), {host})).status, host).toBe(403)
  }
})

test('the page is read-only', async () => {
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD']) {
    const {status, headers} = await ask(own(), {method})
    expect([status, headers.allow], method).toEqual([405, 'GET'])
  }
})

test('a state that cannot be read is an answer too, and the server goes on', async () => {
  expect(await ask(`${own()}broken`)).toMatchObject({status: 500, text: 'cannot be read\n'})
  expect((await ask(own())).status).toBe(200)
})

test('a browser that leaves in the middle of a request is no error', async () => {
  const {port, hostname} = new URL(server.url)
  const leaving = request({hostname, port, path: own()}).on('error', () => {})
  leaving.end()
  leaving.destroy()
  await setTimeout(20)
  expect((await ask(own())).status).toBe(200)
})

test('a port in use is a usage fault that says what to do', async () => {
  const port = Number(new URL(server.url).port)
  await expect(servePage({port, files})).rejects.toMatchObject({
    kind: 'usage',
    message: `--port ${port}: in use by another program; choose another one, or leave out --port for any free one`,
  })
})

test('the server ends immediately if no browser is open, else after it has read the last state', async () => {
  const quiet = performance.now()
  await server.close()
  expect(performance.now() - quiet).toBeLessThan(1000)
  await expect(ask(own())).rejects.toThrow('ECONNREFUSED')

  server = await servePage({port: undefined, files})
  await ask(`${own()}${STATE}`)
  let isClosed = false
  const closing = server.close().then(() => {
    isClosed = true
  })
  for (const last of [false, true]) {
    await setTimeout(100)
    expect(isClosed).toBe(false)
    isLast = last
    expect((await ask(`${own()}${STATE}`)).status).toBe(200)
  }
  await closing
})

test('a browser that reads the last state slowly reads all of it', async () => {
  const {port, hostname} = new URL(server.url)
  isLast = true
  body = 'x'.repeat(50_000_000)
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request({hostname, port, path: `${own()}${STATE}`}, resolve)
      .on('error', reject)
      .end()
  })
  const closing = server.close()
  await setTimeout(100)
  let read = 0
  for await (const part of response) read += part.length
  expect(read).toBe(body.length)
  await closing
})
