import {formatBytes} from '../../base/format-bytes.ts'
import {pluralize} from '../../base/pluralize.ts'
import {escapeLine} from '../../base/printable.ts'
import {alignColumns} from '../../terminal/align-columns.ts'
import type {CacheEntry} from './entries.ts'

/** What is kept, for a terminal: a line each, then the sum. */
export function cacheText(kept: readonly CacheEntry[]): string {
  if (kept.length === 0) return 'nothing is kept'
  const rows = kept.map(({name, what, bytes, count, repository}) => [
    escapeLine(name, 100),
    formatBytes(bytes),
    repository ? `${what}, ${commitsText(repository)}` : `${what}, ${pluralize(count, 'file')}`,
  ])
  const total = kept.reduce((sum, {bytes}) => sum + bytes, 0)
  return [...alignColumns(rows, ['left', 'right', 'left']), `${formatBytes(total)} in all`].join('\n')
}

function commitsText({commits, refs}: NonNullable<CacheEntry['repository']>): string {
  const named = commits.map(commit => {
    const branches = Object.keys(refs).filter(name => refs[name] === commit)
    return [commit.slice(0, 12), ...(branches.length > 0 ? [`(${branches.join(', ')})`] : [])].join(' ')
  })
  return named.length === 0 ? 'nothing whole' : named.map(text => escapeLine(text, 60)).join(', ')
}
