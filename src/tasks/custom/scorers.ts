import {Fault} from '../../base/fault.ts'
import type {Scorer} from '../task.ts'
import {compilePattern} from './pattern.ts'
import type {CustomTaskSettings} from './settings.ts'

export const EXACT: Scorer<string> = {
  extract: text => text.trim(),
  correct: (answer, gold) => composed(answer) === composed(gold),
}

/** A text in the normal form that tokenizers write most: characters with their accents, not letters with accents after them. */
const composed = (text: string): string => text.normalize('NFC')

/** The scorer of a metric; the gold answer is what it extracts from the target. */
export function scorerFor({metric, pattern}: CustomTaskSettings): Scorer<string> {
  if (metric === 'contains') return {...EXACT, correct: (answer, gold) => composed(answer).includes(composed(gold))}
  if (metric !== 'pattern' || pattern === undefined) return EXACT
  const extract = compilePattern(composed(pattern))
  return {...EXACT, extract: text => extract(composed(text.trim()))}
}

/** The gold answer of a target. @throws Fault 'input' where the pattern finds none */
export function goldOf(target: string, where: string, {extract}: Scorer<string>): string {
  const gold = extract(target)
  if (gold !== undefined && gold !== '') return gold
  throw new Fault('input', `${where}: evaluate.pattern matches nothing in the target`)
}
