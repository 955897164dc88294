import {Fault} from '../../base/fault.ts'
import type {Scorer} from '../task.ts'
import {compilePattern} from './pattern.ts'
import type {CustomTaskSettings} from './settings.ts'

export const EXACT: Scorer<string> = {extract: text => text.trim(), correct: (answer, gold) => answer === gold}

/** The scorer of a metric; the gold answer is what it extracts from the target. */
export function scorerFor({metric, pattern}: CustomTaskSettings): Scorer<string> {
  if (metric === 'contains') return {...EXACT, correct: (answer, gold) => answer.includes(gold)}
  if (metric !== 'pattern' || pattern === undefined) return EXACT
  const extract = compilePattern(pattern)
  return {...EXACT, extract: text => extract(text.trim())}
}

/** The gold answer of a target. @throws Fault 'input' where it has none */
export function goldOf(target: string, where: string, {extract}: Scorer<string>): string {
  const gold = extract(target)
  if (gold !== undefined && gold !== '') return gold
  throw new Fault(
    'input',
    target.trim() === ''
      ? `${where}: the target is empty; remove the record`
      : `${where}: evaluate.pattern matches nothing in the target`,
  )
}
