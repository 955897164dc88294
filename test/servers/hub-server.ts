import {createHash} from 'node:crypto'
import {createReadStream, statSync} from 'node:fs'
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http'
import type {AddressInfo} from 'node:net'
import {Readable} from 'node:stream'
import {sha256} from '../../src/base/sha256.ts'

/** What the server gives for a file: bytes at hand, or a file on disk with its sha256. */
export type Content = Buffer | {readonly file: string; readonly sha256: string}

export interface ServedRepository {
  readonly kind?: 'model' | 'dataset'
  readonly name: string
  readonly commit?: string
  readonly files: Readonly<Record<string, Content>>
  /** Changes what the list of files says. */
  readonly lie?: (entry: TreeEntry) => object
}

export interface TreeEntry {
  readonly type: 'file'
  readonly path: string
  readonly size: number
  readonly oid: string
  readonly lfs?: {readonly oid: string; readonly size: number; readonly pointerSize: number}
}

/** Answers a request in place of the server, or answers false and lets it. */
export type Trick = (request: IncomingMessage, response: ServerResponse) => boolean

export interface HubServer {
  readonly url: string
  /** `GET /path bytes=0- AUTH`, with what there is. */
  readonly requests: string[]
  trick: Trick
  close(): Promise<void>
}

export const COMMIT = `${'c0ffee'.repeat(6)}abcd`

/** A hub on loopback, as far as fetching needs one: what a branch is at, what a commit holds, and files by ranges. */
export async function openHub(...repositories: readonly ServedRepository[]): Promise<HubServer> {
  const requests: string[] = []
  const hub = {trick: (() => false) as Trick}
  const server = createServer((request, response) => {
    const {range, authorization} = request.headers
    requests.push([request.method, request.url, range, authorization && 'AUTH'].filter(Boolean).join(' '))
    if (!hub.trick(request, response)) answer(repositories, request, response)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const {port} = server.address() as AddressInfo
  return Object.assign(hub, {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: () =>
      new Promise<void>(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  })
}

function answer(repositories: readonly ServedRepository[], request: IncomingMessage, response: ServerResponse): void {
  const path = decodeURIComponent(new URL(request.url ?? '', 'http://hub').pathname)
  for (const repository of repositories) {
    const {kind = 'model', name, commit = COMMIT, files} = repository
    const page = kind === 'model' ? name : `datasets/${name}`
    if (path.startsWith(`/api/${kind}s/${name}/tree/`)) {
      json(response, entries(repository))
      return
    }
    if (path.startsWith(`/api/${kind}s/${name}/revision/`)) {
      json(response, {_id: 'x', id: name, sha: commit})
      return
    }
    const [, file] =
      [commit, 'main'].map(at => path.split(`/${page}/resolve/${at}/`)).find(parts => parts[0] === '') ?? []
    if (file !== undefined && Object.hasOwn(files, file)) {
      const {oid, lfs} = entryOf(file, files[file])
      response.setHeader('x-repo-commit', commit).setHeader('etag', `"${lfs?.oid ?? oid}"`) // Python wants them
      send(files[file], request, response)
      return
    }
  }
  response.writeHead(404, {'x-error-code': 'RepoNotFound'}).end()
}

function entries({files, lie = entry => entry}: ServedRepository): object[] {
  return Object.entries(files).map(([path, content]) => lie(entryOf(path, content)))
}

function entryOf(path: string, content: Content): TreeEntry {
  if ('file' in content) {
    const {size} = statSync(content.file)
    return {
      type: 'file',
      path,
      size,
      oid: gitSha1(Buffer.from(path)),
      lfs: {oid: content.sha256, size, pointerSize: 134},
    }
  }
  const {length: size} = content
  const oid = gitSha1(content)
  return {type: 'file', path, size, oid, ...(size > SMALL ? {lfs: {oid: sha256(content), size, pointerSize: 134}} : {})}
}

/** Smaller files are not in LFS. */
const SMALL = 100

const gitSha1 = (bytes: Buffer) => createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex')

/** All of a file, or the range that is asked for. */
function send(content: Content, {headers, method}: IncomingMessage, response: ServerResponse): void {
  const size = 'file' in content ? statSync(content.file).size : content.length
  const from = Number(/^bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0)
  response.writeHead(headers.range ? 206 : 200, {
    'content-type': 'application/octet-stream',
    'content-length': size - from,
    ...(headers.range ? {'content-range': `bytes ${from}-${size - 1}/${size}`} : {}),
  })
  if (method === 'HEAD') {
    response.end()
    return
  }
  const body =
    'file' in content ? createReadStream(content.file, {start: from, highWaterMark: 2 ** 20}) : content.subarray(from)
  if (body instanceof Readable) body.on('error', () => response.destroy()).pipe(response)
  else response.end(body)
}

function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, {'content-type': 'application/json'}).end(JSON.stringify(value))
}
