// Finds and loads TensorFlow. Some defects would end the process before any exception (SIGBUS from a truncated library,
// SIGILL from a processor without AVX), so these are checked first.
import {existsSync, readdirSync} from 'node:fs'
import {createRequire} from 'node:module'
import {basename, dirname, join} from 'node:path'
import util from 'node:util'
import {Fault, type FaultOptions} from '../../base/fault.ts'
import {isTruncatedElf} from '../../base/native/elf.ts'
import {processorFlags} from '../../base/native/processor.ts'

export interface LoadedTensorFlow {
  readonly name: string
  /** The version of TensorFlow itself. */
  readonly version: string
  readonly gpu: boolean
}

/** The packages that contain TensorFlow, in order of preference; only one of them is ever loaded. */
const PACKAGES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const

/** Checks the package to load without loading it. @throws Fault 'failed' with its defect and the command that repairs it */
export function checkPackage(require = createRequire(import.meta.url)): {
  readonly name: string
  readonly folder: string
} {
  const {name, folder} = findPackage(require)
  const files = nativeFiles(folder)
  if (!files.some(file => file.endsWith('.node')))
    throw faultOf(`${name} is not built yet; run: ${BUILD}`, {absent: true})
  for (const file of files) {
    if (process.platform === 'linux' && isTruncatedElf(file))
      throw faultOf(`${name}: ${basename(file)} is truncated; run: ${BUILD} --force`)
  }
  if (!hasAvx()) throw faultOf(`${name} needs a processor with AVX`, {absent: true})
  return {name, folder}
}

/** Loads TensorFlow. @throws Fault 'failed' with its defect and the command that repairs it */
export function loadTensorFlow(require = createRequire(import.meta.url)): LoadedTensorFlow {
  const {name} = checkPackage(require)
  Object.assign(process.env, {...tensorFlowEnvironment({gpu: name.endsWith('-gpu')}), ...process.env})
  // removed in Node 23, and still called by the package
  Object.assign(util, {isNullOrUndefined: (value: unknown) => value == null, isArray: Array.isArray})
  try {
    const {backend} = require(name) as {backend: () => {binding: {TF_Version: string}; isUsingGpuDevice: boolean}}
    const {binding, isUsingGpuDevice} = backend()
    return {name, version: binding.TF_Version, gpu: isUsingGpuDevice}
  } catch (error) {
    throw faultOf(explain(name, error as NodeJS.ErrnoException), {cause: error})
  }
}

/**
 * The environment variables that TensorFlow reads when it loads: log only errors, allocate GPU memory as needed, use this
 * many threads. A worker's `process.env` is a copy that no library sees, so set them before the worker starts.
 */
export function tensorFlowEnvironment({
  gpu = false,
  threads,
}: {
  gpu?: boolean
  threads?: number
} = {}): Record<string, string> {
  const environment = {TF_CPP_MIN_LOG_LEVEL: gpu ? '3' : '2', TF_FORCE_GPU_ALLOW_GROWTH: 'true'}
  if (threads === undefined) return environment
  return {...environment, TF_NUM_INTRAOP_THREADS: `${threads}`, TF_NUM_INTEROP_THREADS: '1'}
}

/** The package to load: the first that is built, else the first that is installed. @throws Fault 'failed' if none is */
export function findPackage(require: NodeJS.Require): {readonly name: string; readonly folder: string} {
  const found = PACKAGES.flatMap(name => {
    try {
      return [{name, folder: dirname(require.resolve(`${name}/package.json`))}]
    } catch {
      return []
    }
  })
  const chosen = found.find(({folder}) => nativeFiles(folder).length > 0) ?? found[0]
  if (chosen) return chosen
  const install = `npm install --ignore-scripts ${PACKAGES[0]}@4.22.0`
  throw faultOf(`${PACKAGES[0]} is not installed; run: ${install} && ${BUILD}`, {absent: true})
}

/** The command that builds whichever package is installed. */
const BUILD = 'svft engine install tensorflow'

const faultOf = (message: string, options?: FaultOptions) =>
  new Fault('failed', `engine tensorflow: ${message}`, options)

/** The native libraries of a package. */
function nativeFiles(folder: string): string[] {
  return ['lib', 'deps'].flatMap(part => {
    const top = join(folder, part)
    const files = existsSync(top) ? (readdirSync(top, {recursive: true}) as string[]) : []
    return files.filter(file => /\.node$|\.so(\.\d+)*$/.test(file)).map(file => join(top, file))
  })
}

const hasAvx = () => process.platform !== 'linux' || process.arch !== 'x64' || processorFlags().has('avx')

/** Explains an error in one line, with the command that repairs it. */
export function explain(name: string, {code, message}: NodeJS.ErrnoException): string {
  const first = message.split('\n')[0].trim()
  if (code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND')
    return `${name} is not installed completely (${first}); run: npm install --ignore-scripts --force ${name}@4.22.0`
  if (code !== 'ERR_DLOPEN_FAILED') return `${name} does not start: ${first}`
  if (/ld-linux|Error relocating|__\w+_chk/.test(message))
    return `${name} needs glibc; this system has another C library`
  if (/GLIBC(XX)?_[\d.]+' not found/.test(message)) return `${name} needs a newer C library: ${first}`
  if (/libtensorflow\S*: cannot open shared object/.test(message))
    return `${name} has its addon, but TensorFlow itself is missing; run: ${BUILD} --force`
  if (/undefined symbol|symbol not found/.test(message))
    return `${name}: its addon does not match its TensorFlow; run: ${BUILD} --force`
  return `${name}: its native library is damaged or built for another machine (${first}); run: ${BUILD} --force`
}
