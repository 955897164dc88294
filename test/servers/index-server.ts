import {createServer, type IncomingMessage, type ServerResponse} from 'node:http'
import type {AddressInfo} from 'node:net'
import {sha256 as sha256Of} from '../../src/base/sha256.ts'
import {closeLater} from '../support/cleanup.ts'

export interface IndexedFile {
  readonly name: string
  readonly bytes: Buffer
  /** The sha256 that the index lists; null for none. */
  readonly sha256?: string | null
  readonly yanked?: boolean
}

export interface IndexServer {
  /** The address for PIP_INDEX_URL. */
  readonly url: string
  /** `GET /path bytes=0- AUTH`, with what there is. */
  readonly requests: string[]
  /** Responds instead of the server if it returns true. */
  trick: (request: IncomingMessage, response: ServerResponse) => boolean
}

export interface IndexServerOptions {
  /** The form of its pages; without one, both, as the client accepts. */
  readonly form?: 'json' | 'html'
  /** `name:password` that every request must have. */
  readonly secret?: string
}

/** A Python package index on loopback, closed when the test file ends. */
export async function openIndex(
  packages: Readonly<Record<string, readonly IndexedFile[]>>,
  {form, secret}: IndexServerOptions = {},
): Promise<IndexServer> {
  const requests: string[] = []
  const index = {trick: (() => false) as IndexServer['trick']}
  const files = Object.values(packages).flat()
  const server = createServer((request, response) => {
    const {range, authorization, accept = ''} = request.headers
    requests.push([request.method, request.url, range, authorization && 'AUTH'].filter(Boolean).join(' '))
    if (index.trick(request, response)) return
    if (secret && authorization !== `Basic ${Buffer.from(secret).toString('base64')}`) {
      response.writeHead(401).end()
      return
    }
    const path = decodeURIComponent(request.url ?? '')
    const [, project = ''] = /^\/simple\/([^/]+)\/$/.exec(path) ?? []
    const file = files.find(({name}) => path.split('?')[0] === `/files/${name}`)
    if (file) send(file.bytes, request, response)
    else if (!Object.hasOwn(packages, project)) response.writeHead(404).end()
    else if (form === 'html' || (!form && !accept.includes('json'))) sendHtml(packages[project], response)
    else sendJson(packages[project], response)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  closeLater(() => {
    server.closeAllConnections()
    return new Promise(resolve => server.close(resolve))
  })
  const {port} = server.address() as AddressInfo
  return Object.assign(index, {url: `http://127.0.0.1:${port}/simple`, requests})
}

function sendJson(files: readonly IndexedFile[], response: ServerResponse): void {
  const listed = files.map(({name, bytes, sha256 = sha256Of(bytes), yanked = false}) => ({
    filename: name,
    url: `../../files/${encodeURIComponent(name)}`,
    hashes: sha256 === null ? {} : {sha256},
    size: bytes.length,
    yanked,
  }))
  response.setHeader('content-type', 'application/vnd.pypi.simple.v1+json')
  response.end(JSON.stringify({meta: {'api-version': '1.1'}, name: 'x', files: listed}))
}

function sendHtml(files: readonly IndexedFile[], response: ServerResponse): void {
  const links = files.map(({name, bytes, sha256 = sha256Of(bytes), yanked}) => {
    const hash = sha256 === null ? '' : `#sha256=${sha256}`
    return `<a href="../../files/${encodeURIComponent(name)}?a=1&amp;b=2${hash}"${yanked ? ' data-yanked=""' : ''}>${name}</a>`
  })
  response.setHeader('content-type', 'text/html; charset=utf-8').end(`<!DOCTYPE html><body>${links.join('\n')}</body>`)
}

/** All bytes, or those of the requested range. */
function send(bytes: Buffer, {headers}: IncomingMessage, response: ServerResponse): void {
  const [, from, to] = /^bytes=(\d+)-(\d*)/.exec(headers.range ?? '') ?? []
  if (from === undefined) {
    response.writeHead(200, {'content-length': bytes.length}).end(bytes)
    return
  }
  const part = bytes.subarray(Number(from), to ? Number(to) + 1 : undefined)
  const range = `bytes ${from}-${Number(from) + part.length - 1}/${bytes.length}`
  response.writeHead(206, {'content-length': part.length, 'content-range': range}).end(part)
}
