import {randomUUID} from 'node:crypto'
import {existsSync} from 'node:fs'
import {mkdir, readdir, rm, writeFile} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {cacheFolder} from '../../base/folders.ts'
import {formatBytes} from '../../base/format-bytes.ts'
import {mayBeFolder} from '../../base/list-files.ts'
import {freeBytes} from '../../hub/fetch.ts'
import {hubCacheFolder, hubEndpoint, offlineVariable} from '../../hub/settings.ts'
import type {Diagnosis} from './diagnosis.ts'

/** Checks the cache folders and the hub. */
export async function checkStorage(): Promise<Diagnosis[]> {
  return Promise.all([checkCache(), checkFolder('hub cache', hubCacheFolder(), 'HF_HOME'), checkHub()])
}

/** Checks the cache and the folders in it, which may be those of another user. */
async function checkCache(): Promise<Diagnosis> {
  const path = cacheFolder()
  const entries = await readdir(path, {withFileTypes: true}).catch(() => [])
  const folders = entries.filter(entry => mayBeFolder(entry) && !entry.name.startsWith('.'))
  const paths = [path, ...folders.map(({name}) => join(path, name))]
  const checks = await Promise.all(paths.map(each => checkFolder('cache', each, 'SVFT_CACHE')))
  return {...(checks.find(({status}) => status === 'wrong') ?? checks[0]), needed: true}
}

/** Checks that a folder, or the place where it would be made, can be written and has free space. */
async function checkFolder(name: string, path: string, variable: string): Promise<Diagnosis> {
  const at = nearestExisting(path)
  const trial = join(at, `.svft-${randomUUID()}`)
  try {
    await (at === path ? writeFile(trial, '') : mkdir(trial))
    await rm(trial, {recursive: true})
    const free = await freeBytes(at)
    const message = `${path}, ${formatBytes(free)} free`
    const found = {path, freeBytes: free, exists: at === path}
    if (free > MIN_FREE_BYTES) return {name, status: 'ok', message, found}
    return {
      name,
      status: 'wrong',
      message,
      remedy: `free some space, or set ${variable} to a folder on another disk`,
      found,
    }
  } catch (error) {
    const {code, message: reason} = error as NodeJS.ErrnoException
    const message = `${path} cannot be written: ${code ?? reason}`
    return {
      name,
      status: 'wrong',
      message,
      remedy: `make it writable, or set ${variable} to another folder`,
      found: {path},
    }
  }
}

const MIN_FREE_BYTES = 2e9

/** The folder itself, or the nearest one above it that exists. */
function nearestExisting(path: string): string {
  const above = dirname(path)
  return existsSync(path) || path === above ? path : nearestExisting(above)
}

async function checkHub(): Promise<Diagnosis> {
  const name = 'hub'
  let endpoint: string
  try {
    endpoint = hubEndpoint()
  } catch (error) {
    return {name, status: 'wrong', message: (error as Error).message, remedy: 'set or unset HF_ENDPOINT', found: {}}
  }
  const found = {endpoint}
  const variable = offlineVariable()
  if (variable) {
    return {
      name,
      status: 'absent',
      message: `${variable}=${process.env[variable]}: not contacted`,
      remedy: `unset ${variable}`,
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
    if (status >= 500) throw new Error(`HTTP status ${status}`)
    return {name, status: 'ok', message: `${endpoint} responds in ${milliseconds} ms`, found: {...found, milliseconds}}
  } catch (error) {
    const {name: kind, message, cause} = error as Error & {cause?: Error}
    const why = kind === 'TimeoutError' ? `no response within ${HUB_TIMEOUT_MS / 1000} s` : (cause?.message ?? message)
    return {
      name,
      status: 'absent',
      message: `${endpoint} cannot be reached: ${why}`,
      remedy: 'use models in local folders, or set HF_ENDPOINT to a mirror',
      found,
    }
  }
}

const HUB_TIMEOUT_MS = 2500
