import {escapeLine} from '../../src/base/printable.ts'
import type {Engine} from '../../src/engine/program.ts'
import {type Measure, passes} from './measure.ts'

/** The result of a case. */
export interface Outcome {
  readonly name: string
  readonly kind: string
  readonly measures: readonly Measure[]
  readonly passed: boolean
  /** Why the case could not be measured. */
  readonly error?: string
  readonly seconds: number
}

/** `ok    models/llama-gqa   logits 3.1e-6  loss 8.0e-8  grads 1.2e-5   0.4 s`; `width` is that of the longest name. */
export function caseLine({name, measures, passed, error, seconds}: Outcome, width: number): string {
  const said = error === undefined ? measures.map(measureText).join('  ') : oneLine(error)
  return `${passed ? 'ok  ' : 'FAIL'}  ${oneLine(name).padEnd(width)}   ${said}   ${seconds.toFixed(1)} s`
}

/** For each kind, the number of passing cases and the largest errors. */
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

/** Formats a failed measure with its tolerance and the position of the error. */
function measureText(measure: Measure): string {
  const {name, error, tolerance, at} = measure
  const text = `${name} ${number(error)}`
  if (passes(measure)) return text
  const place = at === undefined ? '' : `, at ${oneLine(at)}`
  return `${text} (tolerance ${Number.isInteger(tolerance) ? tolerance : tolerance.toExponential()}${place})`
}

/** Formats a count as it is, an error with two digits. */
const number = (value: number) => (Number.isInteger(value) ? String(value) : value.toExponential(1))

/** Escapes text that may come from files. */
const oneLine = (text: string) => escapeLine(text, 300)
