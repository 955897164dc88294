import {aligned} from '../text/aligned.ts'
import {bytesText} from '../text/bytes.ts'
import {counted} from '../text/counted.ts'
import {inline} from '../text/printable.ts'
import type {Kept} from './kept.ts'

/** What is kept, for a terminal: a line each, then the sum. */
export function keptText(kept: readonly Kept[]): string {
  if (kept.length === 0) return 'nothing is kept'
  const rows = kept.map(({name, what, bytes, count, repository}) => [
    inline(name, 100),
    bytesText(bytes),
    repository ? `${what}, ${commitsOf(repository)}` : `${what}, ${counted(count, 'file')}`,
  ])
  const total = kept.reduce((sum, {bytes}) => sum + bytes, 0)
  return [...aligned(rows, ['left', 'right', 'left']), `${bytesText(total)} in all`].join('\n')
}

function commitsOf({commits, refs}: NonNullable<Kept['repository']>): string {
  const named = commits.map(commit => {
    const branches = Object.keys(refs).filter(name => refs[name] === commit)
    return [commit.slice(0, 12), ...(branches.length > 0 ? [`(${branches.join(', ')})`] : [])].join(' ')
  })
  return named.length === 0 ? 'nothing whole' : named.map(text => inline(text, 60)).join(', ')
}
