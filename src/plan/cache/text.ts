import {bytesText} from '../../base/byte-text.ts'
import {counted} from '../../base/counted.ts'
import {inline} from '../../base/printable.ts'
import {aligned} from '../../terminal/aligned.ts'
import type {CacheEntry} from './entries.ts'

/** What is kept, for a terminal: a line each, then the sum. */
export function cacheText(kept: readonly CacheEntry[]): string {
  if (kept.length === 0) return 'nothing is kept'
  const rows = kept.map(({name, what, bytes, count, repository}) => [
    inline(name, 100),
    bytesText(bytes),
    repository ? `${what}, ${commitsText(repository)}` : `${what}, ${counted(count, 'file')}`,
  ])
  const total = kept.reduce((sum, {bytes}) => sum + bytes, 0)
  return [...aligned(rows, ['left', 'right', 'left']), `${bytesText(total)} in all`].join('\n')
}

function commitsText({commits, refs}: NonNullable<CacheEntry['repository']>): string {
  const named = commits.map(commit => {
    const branches = Object.keys(refs).filter(name => refs[name] === commit)
    return [commit.slice(0, 12), ...(branches.length > 0 ? [`(${branches.join(', ')})`] : [])].join(' ')
  })
  return named.length === 0 ? 'nothing whole' : named.map(text => inline(text, 60)).join(', ')
}
