import {fieldsOf, isFields} from '../data/fields.ts'
import type {Fields} from '../data/record.ts'
import {longestReplacement} from './charsmap.ts'

/**
 * The defect of the steps of a tokenizer.json, of which the tokenizers library checks nothing: steps that nest, repeat or
 * lengthen a text without limit, or that end the process. Undefined if they have none.
 */
export function structureProblem(json: Fields): string | undefined {
  for (const stage of STAGES) {
    const steps = [...flatten(json, stage)]
    if (steps.length > MAX_STEPS) return `${stage}: more than ${MAX_STEPS} steps`
    if (steps.some(({depth}) => depth > MAX_DEPTH)) return `${stage}: nested deeper than ${MAX_DEPTH}`
    for (const {step} of steps) {
      if (step.type === 'FixedLength' && !(Number(step.length) >= 1))
        return `${stage}: FixedLength needs a length of at least 1, not ${JSON.stringify(step.length)}`
      if ('content' in step && patternOf(step).String === '') return `${stage}: it replaces an empty text`
    }
    const bytes = steps.reduce((length, {step}) => longest(length, step), 1)
    if (bytes > MAX_BYTES) return `${stage}: its steps turn a text of 1 byte into more than ${MAX_BYTES} bytes`
  }
}

/** The regular expressions of all steps; only a trial can show that they are harmless. */
export const patternsOf = (json: Fields): string[] =>
  STAGES.flatMap(stage => stepsOf(json, stage))
    .map(step => patternOf(step).Regex)
    .filter(pattern => typeof pattern === 'string')

/** The steps of a stage in order, with the sequences and the steps in them. */
export const stepsOf = (json: Fields, stage: Stage): Fields[] => [...flatten(json, stage)].map(({step}) => step)

/** The pattern that a step searches for: a text or a regular expression. */
export const patternOf = ({pattern}: Fields): {readonly String?: unknown; readonly Regex?: unknown} => fieldsOf(pattern)

/** The stages that a text passes through. Each is one step or a sequence, whose steps are under the second name. */
const SEQUENCES = {
  normalizer: 'normalizers',
  pre_tokenizer: 'pretokenizers',
  post_processor: 'processors',
  decoder: 'decoders',
} as const
type Stage = keyof typeof SEQUENCES
const STAGES = ['normalizer', 'pre_tokenizer', 'post_processor', 'decoder'] as const

const MAX_STEPS = 64
const MAX_DEPTH = 8
const MAX_BYTES = 1000 // of a text of 1 byte

interface NestedStep {
  readonly step: Fields
  readonly depth: number
}

/** Stops soon after the allowed number of steps, so that billions of them cost nothing. */
function* flatten(json: Fields, stage: Stage): Generator<NestedStep> {
  const open = [{step: json[stage], depth: 0}]
  for (let next = open.pop(), seen = 0; next && seen <= MAX_STEPS; next = open.pop(), seen++) {
    const {step, depth} = next
    if (!isFields(step)) continue
    yield {step, depth}
    const children = step[SEQUENCES[stage]]
    if (Array.isArray(children)) for (const child of children.toReversed()) open.push({step: child, depth: depth + 1})
  }
}

/** The largest number of bytes that a step makes of a text of `length` bytes. */
function longest(length: number, step: Fields): number {
  if (step.type === 'ByteLevel') return 2 * length // a byte above 0x7f is written as a character of two
  if (typeof step.precompiled_charsmap === 'string') {
    return length * Math.max(1, longestReplacement(Buffer.from(step.precompiled_charsmap, 'base64')))
  }
  if (typeof step.prepend === 'string') return length + Buffer.byteLength(step.prepend)
  if (typeof step.content !== 'string' || !isFields(step.pattern)) return length
  const content = Buffer.byteLength(step.content)
  const {String: pattern} = step.pattern
  // a regular expression may match before, between and after all characters
  if (typeof pattern !== 'string') return length + (length + 1) * content
  return length * Math.max(1, content / Buffer.byteLength(pattern))
}
