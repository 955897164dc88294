import {aligned} from '../text/aligned.ts'
import type {FetchPlan} from './fetch.ts'
import {megabytes} from './preview-text.ts'

/** A plan for a terminal: a line a source, then what is to download and the room for it. */
export function fetchText({sources, bytes, freeBytes, cache}: FetchPlan): string {
  if (sources.length === 0) return 'nothing to download: every path of these recipes is on this machine'
  const rows = sources.map(({asked, commit, files, missing}) => [
    asked.name,
    commit.slice(0, 12),
    `${files.length} ${files.length === 1 ? 'file' : 'files'}`,
    megabytes(sizeOf(files)),
    missing.length === 0 ? 'here' : `${megabytes(sizeOf(missing))} to download`,
  ])
  return [
    ...aligned(rows, ['left', 'left', 'right', 'right', 'left']),
    `${megabytes(bytes)} to download into ${cache}, which has ${megabytes(freeBytes)} left`,
  ].join('\n')
}

/** The same for programs. */
export function fetchResult(
  {sources, bytes, freeBytes, cache}: FetchPlan,
  {fetched}: {readonly fetched: boolean},
): object {
  const list = sources.map(({address, asked, commit, files, missing}) => ({
    address,
    kind: asked.kind,
    name: asked.name,
    commit,
    files: files.map(({path, bytes, sha256}) => ({path, bytes, ...(sha256 === undefined ? {} : {sha256})})),
    bytes: sizeOf(files),
    missing: missing.map(({path}) => path),
    missingBytes: sizeOf(missing),
  }))
  return {sources: list, bytes, freeBytes, cache, fetched}
}

const sizeOf = (files: readonly {readonly bytes: number}[]) => files.reduce((sum, {bytes}) => sum + bytes, 0)
