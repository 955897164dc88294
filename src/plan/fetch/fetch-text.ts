import {sum} from '../../base/collections.ts'
import {formatBytes} from '../../base/format-bytes.ts'
import {displayPath} from '../../base/paths.ts'
import {pluralize} from '../../base/pluralize.ts'
import {alignColumns} from '../../terminal/align-columns.ts'
import type {FetchPlan} from './fetch.ts'

/** A plan for a terminal: a line for each source, the size of the download and the free space, then the paths that cannot be downloaded. */
export function fetchText(plan: FetchPlan): string {
  const {sources, absent} = plan
  if (sources.length === 0 && absent.length === 0) {
    return 'nothing to download: every path of these recipes is on this machine'
  }
  const fromHub =
    sources.length === 0 ? ['nothing to download: these recipes need nothing from the hub'] : hubLines(plan)
  return [...fromHub, ...absentLines(absent)].join('\n')
}

/** The result of a download. */
export function fetchedText({absent}: FetchPlan): string {
  if (absent.length === 0) return 'done: everything is downloaded and verified'
  return `done: everything on the hub is downloaded and verified; ${pluralize(absent.length, 'path')} still missing, as listed above`
}

/** The plan as data, for --json. */
export function fetchResult(
  {sources, absent, bytes, freeBytes, cache}: FetchPlan,
  {fetched}: {readonly fetched: boolean},
): object {
  const list = sources.map(({address, reference, commit, files, missing}) => ({
    address,
    kind: reference.kind,
    name: reference.name,
    commit,
    files: files.map(({path, bytes, sha256}) => ({path, bytes, sha256})),
    bytes: sizeOf(files),
    missing: missing.map(({path}) => path),
    missingBytes: sizeOf(missing),
  }))
  return {sources: list, absent, bytes, freeBytes, cache, fetched}
}

function hubLines({sources, bytes, freeBytes, cache}: FetchPlan): string[] {
  const rows = sources.map(({reference, commit, files, missing}) => [
    reference.name,
    commit.slice(0, 12),
    pluralize(files.length, 'file'),
    formatBytes(sizeOf(files)),
    missing.length === 0 ? 'here' : `${formatBytes(sizeOf(missing))} to download`,
  ])
  return [
    ...alignColumns(rows, ['left', 'left', 'right', 'right', 'left']),
    `${formatBytes(bytes)} to download into ${cache}, which has ${formatBytes(freeBytes)} free`,
  ]
}

/** The paths that are missing and how to get them; of many the first. */
function absentLines(absent: readonly string[]): string[] {
  if (absent.length === 0) return []
  const few = absent.length > MAX_PATHS ? absent.slice(0, MAX_PATHS - 1) : absent
  return [
    `${pluralize(absent.length, 'path')} ${absent.length === 1 ? 'is missing, and svft cannot download it' : 'are missing, and svft cannot download them'}:`,
    ...few.map(path => `  ${displayPath(path)}`),
    ...(few.length < absent.length ? [`  and ${absent.length - few.length} more`] : []),
    'how to get them: see the comments in these recipes and in those that they extend, docs/RECIPES.md and docs/RUNNING.md',
  ]
}

/** Commonsense recipes read 9. */
const MAX_PATHS = 12

const sizeOf = (files: readonly {readonly bytes: number}[]) => sum(files.map(({bytes}) => bytes))
