import type {Fields} from '../data/record.ts'

/**
 * What is wrong with the steps of a tokenizer.json, before the tokenizers library takes them as they are: steps that
 * nest or repeat beyond all use, that lengthen a text beyond all use, or that end the process. Undefined where nothing is.
 */
export function structureProblem(json: Fields): string | undefined {
  for (const [name, inner] of STAGES) {
    const steps = [...flatten(json[name], inner)]
    if (steps.length > MOST_STEPS) return `${name}: more than ${MOST_STEPS} steps`
    if (steps.some(({depth}) => depth > MOST_DEPTH)) return `${name}: nested deeper than ${MOST_DEPTH}`
    for (const {step} of steps) {
      if (step.type === 'FixedLength' && !(Number(step.length) >= 1))
        return `${name}: FixedLength needs a length of at least 1, not ${JSON.stringify(step.length)}`
    }
    const bytes = steps.reduce((length, {step}) => longest(length, step), 1)
    if (bytes > MOST_BYTES) return `${name}: its steps turn a text of 1 byte into more than ${MOST_BYTES} bytes`
  }
}

/** The regular expressions of all steps, which only a trial can show to be harmless. */
export const patternsOf = (json: Fields): string[] =>
  STAGES.flatMap(([name, inner]) => [...flatten(json[name], inner)])
    .map(({step}) => (isFields(step.pattern) ? step.pattern.Regex : undefined))
    .filter(pattern => typeof pattern === 'string')

/** The stages a text passes, each one step or a sequence of steps below the second name. */
const STAGES = [
  ['normalizer', 'normalizers'],
  ['pre_tokenizer', 'pretokenizers'],
  ['post_processor', 'processors'],
  ['decoder', 'decoders'],
] as const

const MOST_STEPS = 64
const MOST_DEPTH = 8
const MOST_BYTES = 1000 // of a text of 1 byte

interface Nested {
  readonly step: Fields
  readonly depth: number
}

/** A step, and those of the sequences in it. Stops soon after what is allowed, so that a bomb costs nothing. */
function* flatten(root: unknown, inner: string): Generator<Nested> {
  const open = [{step: root, depth: 0}]
  for (let next = open.pop(), seen = 0; next && seen <= MOST_STEPS; next = open.pop(), seen++) {
    const {step, depth} = next
    if (!isFields(step)) continue
    yield {step, depth}
    const children = step[inner]
    if (Array.isArray(children)) for (const child of children) open.push({step: child, depth: depth + 1})
  }
}

/** The most bytes that a step makes of a text of `length` bytes. */
function longest(length: number, step: Fields): number {
  if (step.type === 'ByteLevel') return 2 * length // a byte above 0x7f is written as a character of two
  if (typeof step.prepend === 'string') return length + Buffer.byteLength(step.prepend)
  if (typeof step.content !== 'string' || !isFields(step.pattern)) return length
  const content = Buffer.byteLength(step.content)
  const {String: pattern} = step.pattern
  if (pattern === '') return length + (length + 1) * content // it matches before, between and after all characters
  return length * Math.max(1, content / (typeof pattern === 'string' ? Buffer.byteLength(pattern) : 1))
}

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null
