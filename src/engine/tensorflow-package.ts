// Finding and loading TensorFlow. Some of what can be wrong with it ends the process before any exception (SIGBUS from
// a library cut short, SIGILL from a processor without AVX), so that this is looked at first.
import {closeSync, existsSync, fstatSync, openSync, readdirSync, readFileSync, readSync} from 'node:fs'
import {createRequire} from 'node:module'
import {basename, dirname, join} from 'node:path'
import util from 'node:util'
import {Fault} from '../base/fault.ts'

export interface Installed {
  readonly name: string
  /** TensorFlow's own. */
  readonly version: string
  readonly gpu: boolean
}

/** The packages that bring TensorFlow, the better one first; they have the same sources and are never loaded both. */
const PACKAGES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const

/** The package to load, as far as can be told without loading it. Fault: what is wrong with it, and what to type. */
export function checkPackage(require = createRequire(import.meta.url)): {readonly name: string} {
  const {name, folder} = findPackage(require)
  const files = libraries(folder)
  if (!files.some(file => file.endsWith('.node'))) throw wrong(`${name} has no native part yet; run: ${BUILD}`)
  for (const file of files) {
    if (isCut(file)) throw wrong(`${name}: ${basename(file)} is damaged, it ends too early; run: ${BUILD} -- --force`)
  }
  if (!hasAvx()) throw wrong(`${name} needs a processor with AVX`)
  return {name}
}

/** Loads TensorFlow. Fault: what is wrong with it, and what to type. */
export function loadTensorFlow(require = createRequire(import.meta.url)): Installed {
  const {name} = checkPackage(require)
  Object.assign(process.env, {...tensorFlowEnvironment({gpu: name.endsWith('-gpu')}), ...process.env})
  // of Node's own until 23, where the package still calls them
  Object.assign(util, {isNullOrUndefined: (value: unknown) => value == null, isArray: Array.isArray})
  try {
    const {backend} = require(name) as {backend: () => {binding: {TF_Version: string}; isUsingGpuDevice: boolean}}
    const {binding, isUsingGpuDevice} = backend()
    return {name, version: binding.TF_Version, gpu: isUsingGpuDevice}
  } catch (error) {
    throw wrong(explain(name, error as NodeJS.ErrnoException), error)
  }
}

/**
 * What TensorFlow reads from the environment when it loads: log nothing but errors, leave a GPU's memory to others,
 * take so many threads. A thread's `process.env` is a copy that no library sees: set these before it starts.
 */
export const tensorFlowEnvironment = ({gpu = false, threads}: {gpu?: boolean; threads?: number} = {}) => ({
  TF_CPP_MIN_LOG_LEVEL: gpu ? '3' : '2',
  TF_FORCE_GPU_ALLOW_GROWTH: 'true',
  ...(threads === undefined ? {} : {TF_NUM_INTRAOP_THREADS: `${threads}`, TF_NUM_INTEROP_THREADS: '1'}),
})

/** The package to load: the first that is built, else the first that is there. Fault: none is. */
export function findPackage(require: NodeJS.Require): {readonly name: string; readonly folder: string} {
  const found = PACKAGES.flatMap(name => {
    try {
      return [{name, folder: dirname(require.resolve(`${name}/package.json`))}]
    } catch {
      return []
    }
  })
  const chosen = found.find(({folder}) => libraries(folder).length > 0) ?? found[0]
  if (chosen) return chosen
  throw wrong(`${PACKAGES[0]} is not installed; run: npm install --ignore-scripts ${PACKAGES[0]}@4.22.0 && ${BUILD}`)
}

/** Builds the native part of whichever package is there. */
const BUILD = 'npm run tensorflow'

const wrong = (says: string, cause?: unknown) => new Fault('failed', `engine tensorflow: ${says}`, {cause})

/** Everything native of a package. */
function libraries(folder: string): string[] {
  return ['lib', 'deps'].flatMap(part => {
    const top = join(folder, part)
    const files = existsSync(top) ? (readdirSync(top, {recursive: true}) as string[]) : []
    return files.filter(file => /\.node$|\.so(\.\d+)*$/.test(file)).map(file => join(top, file))
  })
}

/** Whether an ELF file ends before its section headers do, or is none. */
function isCut(file: string): boolean {
  if (process.platform !== 'linux') return false
  const descriptor = openSync(file, 'r')
  try {
    const head = Buffer.alloc(64)
    if (readSync(descriptor, head, 0, 64, 0) < 64 || head.readUInt32BE(0) !== ELF) return true
    const headers = head.readUInt16LE(0x3a) * head.readUInt16LE(0x3c)
    return Number(head.readBigUInt64LE(0x28)) + headers > fstatSync(descriptor).size
  } finally {
    closeSync(descriptor)
  }
}

const ELF = 0x7f454c46

function hasAvx(): boolean {
  if (process.platform !== 'linux' || process.arch !== 'x64') return true
  return /^flags\s*:.*\bavx\b/m.test(readFileSync('/proc/cpuinfo', 'utf8'))
}

/** One line of what went wrong, and what to type. */
export function explain(name: string, {code, message}: NodeJS.ErrnoException): string {
  const first = message.split('\n')[0].trim()
  if (code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND')
    return `${name} is installed in part (${first}); run: npm install --ignore-scripts --force ${name}@4.22.0`
  if (code !== 'ERR_DLOPEN_FAILED') return `${name} does not start: ${first}`
  if (/ld-linux|Error relocating|__\w+_chk/.test(message))
    return `${name} needs glibc; this system has another C library`
  if (/GLIBC(XX)?_[\d.]+' not found/.test(message)) return `${name} needs a newer C library: ${first}`
  if (/libtensorflow\S*: cannot open shared object/.test(message))
    return `${name} has its addon but not TensorFlow itself; run: ${BUILD} -- --force`
  if (/undefined symbol|symbol not found/.test(message))
    return `${name}: its addon and its TensorFlow do not fit each other; run: ${BUILD} -- --force`
  return `${name}: its native part is damaged, or for another machine (${first}); run: ${BUILD} -- --force`
}
