import {formatBytes} from '../../base/format-bytes.ts'
import {displayPath} from '../../base/paths.ts'
import {pluralize} from '../../base/pluralize.ts'
import {alignColumns} from '../../terminal/align-columns.ts'
import type {FetchPlan} from './fetch.ts'

/** A plan for a terminal: a line a source, what is to download and the room for it, then what cannot be downloaded. */
export function fetchText(plan: FetchPlan): string {
  const {sources, absent} = plan
  if (sources.length === 0 && absent.length === 0) {
    return 'nothing to download: every path of these recipes is on this machine'
  }
  const fromHub = sources.length === 0 ? ['nothing to download: these recipes need nothing of the hub'] : hubLines(plan)
  return [...fromHub, ...absentLines(absent)].join('\n')
}

/** How a download ended. */
export function fetchedText({absent}: FetchPlan): string {
  if (absent.length === 0) return 'all of it is here now, and verified'
  return `what the hub has of it is here now, and verified; still not here: ${pluralize(absent.length, 'path')}, as above`
}

/** The same for programs. */
export function fetchResult(
  {sources, absent, bytes, freeBytes, cache}: FetchPlan,
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
  return {sources: list, absent, bytes, freeBytes, cache, fetched}
}

function hubLines({sources, bytes, freeBytes, cache}: FetchPlan): string[] {
  const rows = sources.map(({asked, commit, files, missing}) => [
    asked.name,
    commit.slice(0, 12),
    pluralize(files.length, 'file'),
    formatBytes(sizeOf(files)),
    missing.length === 0 ? 'here' : `${formatBytes(sizeOf(missing))} to download`,
  ])
  return [
    ...alignColumns(rows, ['left', 'left', 'right', 'right', 'left']),
    `${formatBytes(bytes)} to download into ${cache}, which has ${formatBytes(freeBytes)} left`,
  ]
}

/** Paths that are missing and how to come by them; a few of many. */
function absentLines(absent: readonly string[]): string[] {
  if (absent.length === 0) return []
  const few = absent.length > MOST_PATHS ? absent.slice(0, MOST_PATHS - 1) : absent
  return [
    `not here, and svft cannot download it: ${pluralize(absent.length, 'path')}`,
    ...few.map(path => `  ${displayPath(path)}`),
    ...(few.length < absent.length ? [`  and ${absent.length - few.length} more`] : []),
    'how to get them: the comments of these recipes and of what they extend, docs/RECIPES.md and docs/RUNNING.md',
  ]
}

/** A row of commonsense reads 9. */
const MOST_PATHS = 12

const sizeOf = (files: readonly {readonly bytes: number}[]) => files.reduce((sum, {bytes}) => sum + bytes, 0)
