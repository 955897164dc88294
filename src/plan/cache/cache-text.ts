import {sum} from '../../base/collections.ts'
import {formatBytes} from '../../base/format-bytes.ts'
import {pluralize} from '../../base/pluralize.ts'
import {escapeLine} from '../../base/printable.ts'
import {alignColumns} from '../../terminal/align-columns.ts'
import type {CacheEntry} from './entries.ts'

/** Cache entries for a terminal: a line each, then the total. */
export function cacheText(entries: readonly CacheEntry[]): string {
  if (entries.length === 0) return 'nothing is cached'
  const rows = entries.map(({name, what, bytes, count, unit = 'file', repository}) => [
    escapeLine(name, 100),
    formatBytes(bytes),
    repository ? `${what}, ${commitsText(repository)}` : `${what}, ${pluralize(count, unit)}`,
  ])
  const total = sum(entries.map(({bytes}) => bytes))
  return [...alignColumns(rows, ['left', 'right', 'left']), `${formatBytes(total)} in total`].join('\n')
}

function commitsText({commits, refs}: NonNullable<CacheEntry['repository']>): string {
  const named = commits.map(commit => {
    const branches = Object.keys(refs).filter(name => refs[name] === commit)
    return [commit.slice(0, 12), ...(branches.length > 0 ? [`(${branches.join(', ')})`] : [])].join(' ')
  })
  return named.length === 0 ? 'incomplete' : named.map(text => escapeLine(text, 60)).join(', ')
}
