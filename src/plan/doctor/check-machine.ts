import {availableParallelism, cpus, totalmem} from 'node:os'
import {formatBytes} from '../../base/format-bytes.ts'
import {availableMemory} from '../../engine/available-memory.ts'
import {findLapack} from '../../linalg/svd.ts'
import {readInstalled} from '../../recipes/environment.ts'
import type {Diagnosis} from './diagnosis.ts'

/** Checks svft, Node.js, the libraries, the cores and the memory. */
export async function checkMachine(): Promise<Diagnosis[]> {
  const {version, commit, dirty, node, onnxruntime} = await readInstalled()
  return [
    {
      name: 'svft',
      status: 'ok',
      message: `${version}${commit ? ` (${commit}${dirty ? ', changed' : ''})` : ''}`,
      found: {version, commit, dirty},
    },
    {name: 'node', needed: true, status: 'ok', message: node, found: {version: node}},
    {name: 'onnxruntime', status: 'ok', message: onnxruntime, found: {version: onnxruntime}},
    await checkLapack(),
    checkCores(),
    checkMemory(),
  ]
}

async function checkLapack(): Promise<Diagnosis> {
  const name = 'LAPACK'
  if (process.env.SVFT_LAPACK === 'none') {
    return {
      name,
      status: 'absent',
      message: 'SVFT_LAPACK=none: the built-in decomposition is used',
      remedy: 'unset SVFT_LAPACK',
    }
  }
  const found = await findLapack().catch((error: Error) => error)
  if (found instanceof Error)
    return {name, needed: true, status: 'wrong', message: found.message, remedy: 'unset SVFT_LAPACK'}
  if (typeof found !== 'string') return {name, status: 'ok', message: found.library, found: {library: found.library}}
  return {
    name,
    status: 'absent',
    message: `${found}; the built-in decomposition is used, which takes longer`,
    remedy: 'install OpenBLAS (libopenblas0), or set SVFT_LAPACK to a library',
  }
}

function checkCores(): Diagnosis {
  const [threads, model] = [availableParallelism(), cpus()[0]?.model ?? 'unknown']
  return {name: 'cores', status: 'ok', message: `${threads} of ${model}`, found: {cores: threads, model}}
}

function checkMemory(): Diagnosis {
  const [all, available] = [totalmem(), availableMemory()]
  const limit = process.constrainedMemory() // of the control group; without one it is 0, or more than the total
  const limited = limit > 0 && limit < all
  const message = `${formatBytes(available)} available of ${formatBytes(all)}${limited ? `, limited to ${formatBytes(limit)}` : ''}`
  const found = {totalBytes: all, availableBytes: available, limitBytes: limited ? limit : undefined}
  if (available > 1e9) return {name: 'memory', status: 'ok', message, found}
  return {
    name: 'memory',
    status: 'wrong',
    message,
    remedy: 'close other programs, or raise the limit of the container',
    found,
  }
}
