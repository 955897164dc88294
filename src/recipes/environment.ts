import {readFile} from 'node:fs/promises'
import {createRequire} from 'node:module'
import {cpus, hostname} from 'node:os'
import {basename} from 'node:path'
import {runInOwnClone} from '../base/own-clone.ts'
import {findLapack} from '../linalg/svd.ts'

/** The facts that a result may depend on besides its recipe. */
export interface Environment {
  readonly version: string
  /** The commit of svft's own sources; empty if it was installed without them. */
  readonly commit: string
  readonly dirty: boolean
  readonly node: string
  readonly onnxruntime: string
  readonly cpu: string
  /** `linux x64`. */
  readonly platform: string
  /** The processor's design and its vector instructions, by which numerical libraries choose: one name has many. */
  readonly simd: string
  /** The library that decomposes weights, or `own`. */
  readonly lapack: string
  readonly host: string
}

/** The processor's name, with its design rather than the list of its vector instructions. */
export const processorOf = ({cpu, simd}: Pick<Environment, 'cpu' | 'simd'>): string =>
  `${cpu} (${simd.split(' ', 1)[0]})`

/** Reads the environment of a run. @throws Fault 'input' if SVFT_LAPACK names a library that does not work */
export async function readEnvironment(): Promise<Environment> {
  const [{host, ...installed}, lapack] = await Promise.all([readInstalled(), findLapack()])
  return {...installed, lapack: typeof lapack === 'string' ? 'own' : basename(lapack.library), host}
}

/** Reads all of the environment but its LAPACK. */
export async function readInstalled(): Promise<Omit<Environment, 'lapack'>> {
  const require = createRequire(import.meta.url)
  sources ??= readSources()
  const [{commit, dirty}, simd] = await Promise.all([sources, readSimd()])
  return {
    version: require('../../package.json').version,
    commit,
    dirty,
    node: process.version,
    onnxruntime: require('onnxruntime-node/package.json').version,
    cpu: cpus()[0]?.model ?? 'unknown',
    platform: `${process.platform} ${process.arch}`,
    simd,
    host: hostname(),
  }
}

/** Read once: what runs is what was loaded. */
let sources: Promise<Pick<Environment, 'commit' | 'dirty'>> | undefined

async function readSources(): Promise<Pick<Environment, 'commit' | 'dirty'>> {
  const status = ['--no-optional-locks', 'status', '--porcelain', '--untracked-files=no', '--', '.', ':!results'] // rows are no sources
  const [commit = '', changes] = await Promise.all([
    runInOwnClone(['rev-parse', '--short=12', 'HEAD']),
    runInOwnClone(status),
  ])
  return {commit, dirty: Boolean(changes)}
}

/** Reads the processor's design and vector instructions from /proc/cpuinfo; `unknown` where there is none. */
export async function readSimd(): Promise<string> {
  const text = await readFile('/proc/cpuinfo', 'utf8').catch(() => '')
  const [first] = text.split('\n\n')
  const facts = new Map(first.split('\n').map(line => line.split(/\s*:\s*/, 2) as [string, string]))
  const design = ['cpu family', 'model', 'stepping'].map(key => facts.get(key) ?? '?').join('.')
  const flags = (facts.get('flags') ?? facts.get('Features') ?? '').split(' ')
  const vector = flags.filter(flag => VECTOR.test(flag)).sort()
  return text === '' ? 'unknown' : [design, ...vector].join(' ')
}

const VECTOR = /^(sse4_2|avx\w*|fma\w*|f16c|amx_\w+|asimd\w*|sve\w*|bf16|i8mm)$/
