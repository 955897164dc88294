import {escapeLine} from '../../src/base/printable.ts'
import type {Engine} from '../../src/engine/program.ts'
import {type Measure, passes} from './measure.ts'

/** A case, judged. */
export interface Outcome {
  readonly name: string
  readonly kind: string
  readonly measures: readonly Measure[]
  readonly passed: boolean
  /** Why there is nothing to measure. */
  readonly error?: string
  readonly seconds: number
}

/** `ok    models/llama-gqa   logits 3.1e-6  loss 8.0e-8  grads 1.2e-5   0.4 s`; `width` is that of the longest name. */
export function caseLine({name, measures, passed, error, seconds}: Outcome, width: number): string {
  const said = error === undefined ? measures.map(measureText).join('  ') : oneLine(error)
  return `${passed ? 'ok  ' : 'FAIL'}  ${oneLine(name).padEnd(width)}   ${said}   ${seconds.toFixed(1)} s`
}

/** For each kind, how many cases pass, and the largest errors measured in any of them. */
export function summary(outcomes: readonly Outcome[], {name, device}: Engine): string[] {
  const kinds = [...new Set(outcomes.map(({kind}) => kind))].sort()
  const width = Math.max(...kinds.map(kind => oneLine(kind).length))
  const lines = kinds.map(kind => {
    const its = outcomes.filter(outcome => outcome.kind === kind)
    const passed = `${its.filter(({passed}) => passed).length} of ${its.length}`
    return `${oneLine(kind).padEnd(width)}   ${passed.padEnd(8)}   ${worstText(its)}`.trimEnd()
  })
  return kinds.length
    ? ['', `worst errors with the ${name} engine${device === 'cpu' ? '' : ` on ${device}`}`, ...lines, '']
    : []
}

function worstText(outcomes: readonly Outcome[]): string {
  const worst = new Map<string, number>()
  for (const {name, error} of outcomes.flatMap(({measures}) => measures)) {
    worst.set(name, Math.max(worst.get(name) ?? 0, error))
  }
  return [...worst].map(([name, error]) => `${name} ${number(error)}`).join('  ')
}

/** A failing measure names its tolerance, and where the error is. */
function measureText(measure: Measure): string {
  const {name, error, tolerance, at} = measure
  const text = `${name} ${number(error)}`
  if (passes(measure)) return text
  const place = at === undefined ? '' : `, at ${oneLine(at)}`
  return `${text} (tolerance ${Number.isInteger(tolerance) ? tolerance : tolerance.toExponential()}${place})`
}

/** A count as it is, an error with two digits. */
const number = (value: number) => (Number.isInteger(value) ? String(value) : value.toExponential(1))

/** Text that files may have brought along. */
const oneLine = (text: string) => escapeLine(text, 300)
