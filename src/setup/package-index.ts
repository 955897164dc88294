import {z} from 'zod'
import {Fault} from '../base/fault.ts'
import {parseJsonIfValid} from '../base/json.ts'
import {escapeLine} from '../base/printable.ts'
import type {Remote} from '../download/remote.ts'
import {get, readBody} from '../download/request.ts'
import {retried, type WaitOptions} from '../download/retry.ts'
import {TransientError} from '../download/transient-error.ts'
import type {HttpResponse} from '../download/transport.ts'

/** A file of a Python package, as an index lists it. */
export interface PackageFile {
  readonly name: string
  readonly address: string
  readonly sha256?: string | undefined
  /** The size; undefined if the index does not list it. */
  readonly bytes?: number | undefined
  readonly yanked: boolean
}

/**
 * The Python package index: the one in PIP_INDEX_URL, else PyPI. A name and password in the address are sent to its own
 * host only, and never printed.
 */
export function packageIndex(env: Readonly<Record<string, string | undefined>> = process.env): Remote {
  const written = env.PIP_INDEX_URL || DEFAULT_INDEX
  if (!URL.canParse(written) || !/^https?:$/.test(new URL(written).protocol)) {
    throw new Fault('usage', `PIP_INDEX_URL must be the address of a package index, like ${DEFAULT_INDEX}`)
  }
  const url = new URL(written)
  if (url.search)
    throw new Fault(
      'usage',
      'PIP_INDEX_URL must have no query (?…); write a token as the password: https://NAME:TOKEN@…',
    )
  const secret = decoded(`${url.username}:${url.password}`)
  if (secret === undefined) {
    const message = 'PIP_INDEX_URL has a % in its name or password that encodes nothing; write % as %25'
    throw new Fault('usage', message)
  }
  Object.assign(url, {username: '', password: '', hash: ''})
  return {
    name: 'the package index',
    home: url.href.replace(/\/*$/, '/'),
    authorization: secret === ':' ? undefined : `Basic ${Buffer.from(secret).toString('base64')}`,
    pauseMs: 500,
    idleMs: 30_000,
    refusal,
    advice: {offline: 'PIP_INDEX_URL names another package index', instead: 'another PIP_INDEX_URL'},
  }
}

/** Decodes percent signs and the digits after them; undefined where they encode nothing. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

const DEFAULT_INDEX = 'https://pypi.org/simple'

function refusal({url, status}: HttpResponse): Fault {
  const where = url.origin + url.pathname
  if (status === 404) return new Fault('io', `${where} does not exist (404); PIP_INDEX_URL names another package index`)
  if (status === 401 || status === 403) {
    const remedy = `if ${url.host} needs a name and a password, write them into PIP_INDEX_URL: ${url.protocol}//NAME:PASSWORD@…`
    return new Fault('io', `${where} is refused (${status}); ${remedy}`)
  }
  return new Fault('io', `${url.host} responds with ${status}`)
}

/** Lists the files of a package: PEP 691 (JSON) or PEP 503 (HTML), whichever the index has. */
export async function listPackage(project: string, remote: Remote, options: WaitOptions): Promise<PackageFile[]> {
  const attempt = async () => {
    const response = await get(`${remote.home}${project}/`, {remote, signal: options.signal, headers: {accept: ACCEPT}})
    const text = (await readBody(response, remote)).toString()
    const isJson = /json/.test(String(response.headers['content-type'] ?? ''))
    return isJson ? filesOfJson(text, response.url) : filesOfHtml(text, response.url)
  }
  return retried(attempt, {remote, ...options})
}

const JSON_FORM = 'application/vnd.pypi.simple.v1+json'
const ACCEPT = `${JSON_FORM}, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1`

const PAGE = z.looseObject({
  files: z.array(
    z.looseObject({
      filename: z.string(),
      url: z.string(),
      hashes: z.looseObject({sha256: z.string().optional()}),
      size: z.number().int().nonnegative().optional(),
      yanked: z.union([z.boolean(), z.string()]).optional(),
    }),
  ),
})

function filesOfJson(text: string, page: URL): PackageFile[] {
  const {data} = PAGE.safeParse(parseJsonIfValid(text))
  if (!data) throw new TransientError(`${page.host} sent a malformed list of files: ${escapeLine(text, 60)}`)
  return data.files.flatMap(({filename, url, hashes, size, yanked = false}) =>
    fileOf({name: filename, link: url, page, sha256: hashes.sha256, bytes: size, yanked: yanked !== false}),
  )
}

/** Each link is a file, `#sha256=` its hash; the text of a link is its name, as is the end of its path. */
function filesOfHtml(text: string, page: URL): PackageFile[] {
  return [...text.matchAll(/<a\s([^>]*)>/gi)].flatMap(([, attributes]) => {
    const [, , written = ''] = /\bhref\s*=\s*(["'])(.*?)\1/i.exec(attributes) ?? []
    const link = written.replaceAll('&amp;', '&').replaceAll('&#43;', '+')
    const [, sha256] = /#(?:.*&)?sha256=([0-9a-f]{64})\b/.exec(link) ?? []
    const name = decoded(link.replace(/[?#].*$/, '').replace(/^.*\//, '')) ?? ''
    return fileOf({name, link, page, sha256, yanked: /\bdata-yanked\b/i.test(attributes)})
  })
}

interface Listed extends Omit<PackageFile, 'address'> {
  readonly link: string
  readonly page: URL
}

/** A file with its full address; none if its name, address or hash is invalid. */
function fileOf({name, link, page, sha256, bytes, yanked}: Listed): PackageFile[] {
  if (!/^[\w.+!-]+$/.test(name) || !URL.canParse(link, page.href)) return []
  if (sha256 !== undefined && !/^[0-9a-f]{64}$/.test(sha256)) return []
  const address = new URL(link, page.href)
  address.hash = ''
  return [{name, address: address.href, sha256, bytes, yanked}]
}
