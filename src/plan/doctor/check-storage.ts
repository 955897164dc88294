import {randomUUID} from 'node:crypto'
import {access, constants, mkdir, rm, statfs, writeFile} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {cacheFolder} from '../../base/folders.ts'
import {formatBytes} from '../../base/format-bytes.ts'
import {DEFAULT_ENDPOINT, cacheFolder as hubFolder, isOffline} from '../../hub/settings.ts'
import type {Diagnosis} from './diagnosis.ts'

/** The folders that svft keeps things in, and the hub that it can fetch models from. */
export async function checkStorage(): Promise<Diagnosis[]> {
  return Promise.all([
    checkFolder('cache', cacheFolder(), 'SVFT_CACHE').then(check => ({...check, needed: true as const})),
    checkFolder('hub cache', hubFolder(), 'HF_HOME'),
    checkHub(),
  ])
}

/** Whether files can be made in a folder, or where it would be made. */
async function checkFolder(name: string, path: string, variable: string): Promise<Diagnosis> {
  const at = await nearestExisting(path)
  const trial = join(at, `.svft-${randomUUID()}`)
  try {
    await (at === path ? writeFile(trial, '') : mkdir(trial))
    await rm(trial, {recursive: true})
    const {bavail, bsize} = await statfs(at)
    const free = bavail * bsize
    const says = `${path}, ${formatBytes(free)} free`
    const found = {path, freeBytes: free, exists: at === path}
    if (free > MIN_FREE_BYTES) return {name, status: 'ok', says, found}
    return {name, status: 'wrong', says, mend: `make room, or set ${variable} to a folder on another disk`, found}
  } catch (error) {
    const {code, message} = error as NodeJS.ErrnoException
    const says = `${path} cannot be written: ${code ?? message}`
    return {name, status: 'wrong', says, mend: `make it writable, or set ${variable} to another folder`, found: {path}}
  }
}

const MIN_FREE_BYTES = 2e9

/** The folder itself, or the first one above it that is there. */
async function nearestExisting(path: string): Promise<string> {
  for (let at = path; ; at = dirname(at)) {
    const there = await access(at, constants.F_OK).then(
      () => true,
      () => false,
    )
    if (there || at === dirname(at)) return at
  }
}

async function checkHub(): Promise<Diagnosis> {
  const name = 'hub'
  const endpoint = (process.env.HF_ENDPOINT || DEFAULT_ENDPOINT).replace(/\/+$/, '')
  const found = {endpoint}
  if (isOffline()) {
    return {
      name,
      status: 'absent',
      says: `HF_HUB_OFFLINE=${process.env.HF_HUB_OFFLINE || process.env.TRANSFORMERS_OFFLINE}: it is not asked`,
      mend: 'unset HF_HUB_OFFLINE',
      found,
    }
  }
  const start = performance.now()
  try {
    const {status} = await fetch(endpoint, {
      method: 'HEAD',
      signal: AbortSignal.timeout(HUB_TIMEOUT_MS),
      redirect: 'manual',
    })
    const milliseconds = Math.round(performance.now() - start)
    if (status >= 500) throw new Error(`it answers ${status}`)
    return {name, status: 'ok', says: `${endpoint} answers in ${milliseconds} ms`, found: {...found, milliseconds}}
  } catch (error) {
    const {name: kind, message, cause} = error as Error & {cause?: Error}
    const why = kind === 'TimeoutError' ? `no answer in ${HUB_TIMEOUT_MS / 1000} s` : (cause?.message ?? message)
    return {
      name,
      status: 'absent',
      says: `${endpoint} cannot be reached: ${why}`,
      mend: 'name models by their folder, or set HF_ENDPOINT to a mirror',
      found,
    }
  }
}

const HUB_TIMEOUT_MS = 2500
