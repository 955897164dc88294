import {createHash} from 'node:crypto'
import {createWriteStream} from 'node:fs'
import {mkdir, mkdtemp, rename, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {Readable, Transform} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {Fault} from '../../src/engine/fault.ts'
import {unzip} from './zip.ts'

/**
 * Versions and the sha256 of their files. One addon runs with all from 2.12 to 2.21; 2.15.1 passes every test that
 * TensorFlow.js has for its kernels, and 2.18.1 is the first whose CUDA kernels are built for compute capability 9.0.
 */
const WHEELS = {
  cpu: {
    name: 'tensorflow-cpu',
    file: 'tensorflow_cpu-2.15.1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl',
    sha256: '54660c074d7241a503e81edfd9f5ef5af88f64051b72e2945f26318c790f2d26',
  },
  gpu: {
    name: 'tensorflow',
    file: 'tensorflow-2.18.1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl',
    sha256: 'c9f87e5d2a680a4595f5dc30daf6bbaec9d4129b46d7ef1b2af63c46ac7d2828',
  },
} as const

/** The two libraries, and the headers that the addon is compiled with. */
const KEPT =
  /^tensorflow\/(libtensorflow_(cc|framework)\.so\.2|include\/(tensorflow\/c\/([^/]+|eager\/c_api)\.h|(tensorflow\/core|tensorflow\/tsl|tsl|xla\/tsl)\/(platform\/ctstring\w*|c\/\w+)\.h))$/

/**
 * Downloads TensorFlow's Python package and unpacks what a program in C needs of it to `deps/tensorflow` of an npm
 * package. Answers that folder, which is there whole or not at all.
 */
export async function unpackWheel(
  packageFolder: string,
  {gpu, say}: {readonly gpu: boolean; readonly say: (text: string) => void},
): Promise<string> {
  const wheel = WHEELS[gpu ? 'gpu' : 'cpu']
  const scratch = await mkdtemp(join(tmpdir(), 'svft-tensorflow-'))
  const deps = join(packageFolder, 'deps')
  const part = join(deps, `tensorflow.${process.pid}.part`)
  try {
    const file = join(scratch, wheel.file)
    const downloaded = clock()
    const bytes = await download(await linkTo(wheel), {file, sha256: wheel.sha256})
    say(`${wheel.file}: ${Math.round(bytes / 1e6)} MB in ${downloaded()}`)

    const unpacked = clock()
    await mkdir(part, {recursive: true})
    await unzip(file, {into: part, wanted: name => KEPT.test(name)})
    const folder = join(deps, 'tensorflow')
    await rm(folder, {recursive: true, force: true})
    await rename(join(part, 'tensorflow'), folder)
    say(`unpacked in ${unpacked()}`)
    return folder
  } finally {
    await rm(scratch, {recursive: true, force: true})
    await rm(part, {recursive: true, force: true})
  }
}

/** Where the package index, or the mirror that PIP_INDEX_URL names, has a file. */
async function linkTo({name, file}: {readonly name: string; readonly file: string}): Promise<URL> {
  const index = (process.env.PIP_INDEX_URL ?? 'https://pypi.org/simple').replace(/\/+$/, '')
  const page = `${index}/${name}/`
  const html = await (await get(page)).text()
  const links = [...html.matchAll(/href="([^"]+)"/g)].map(([, link]) => new URL(link.replaceAll('&amp;', '&'), page))
  const link = links.find(({pathname}) => decodeURIComponent(pathname).endsWith(`/${file}`))
  if (!link) throw new Error(`${page} has no ${file}`)
  return link
}

async function download(url: URL, {file, sha256}: {readonly file: string; readonly sha256: string}): Promise<number> {
  const {body} = await get(url.href)
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
  if (found !== sha256) throw new Error(`${url.href} has the sha256 ${found}, not ${sha256}`)
  return bytes
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
