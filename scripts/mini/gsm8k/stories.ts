import type {Random} from '../../../src/tensor/random.ts'
import {pick} from '../pick.ts'
import {type Clause, CONTAINERS, type Person, QUIZ, THINGS, WORDINGS} from './words.ts'

/** One sum of a solution; all numbers and results are between 1 and 99. */
export interface Sum {
  readonly a: number
  readonly op: '+' | '-' | '*'
  readonly b: number
}

/** A question with the sums that solve it, the last one giving the answer. */
export interface Story {
  readonly query: string
  readonly sums: readonly Sum[]
}

/** The people in stories, and which of the six wordings they may use. */
export interface Cast {
  readonly people: readonly Person[]
  readonly wordings: readonly number[]
}

export const result = ({a, op, b}: Sum) => (op === '+' ? a + b : op === '-' ? a - b : a * b)

export const written = (sum: Sum) => `${sum.a}${sum.op}${sum.b}=${result(sum)}.`

/** The stories of fine-tuning: half start and change, a quarter boxes and change, a quarter comparison and total. */
export function longStory(random: Random, cast: Cast): Story {
  const kind = pick(random, ['changes', 'changes', 'boxes', 'comparison'] as const)
  const steps = random.uniform() < 0.3 ? 3 : 2
  return {changes: changesStory, boxes: boxesStory, comparison: comparisonStory}[kind](random, cast, steps)
}

/** The stories of pre-training: one sum each, all kinds equally often. */
export function shortStory(random: Random, cast: Cast): Story {
  const tell = teller(random, cast)
  const kind = pick(random, ['gain', 'lose', 'boxes', 'more', 'fewer', 'together'] as const)
  const sum = drawSum(random, kind === 'boxes' ? '*' : kind === 'lose' || kind === 'fewer' ? '-' : '+')
  const {a, b} = sum
  const clauses = {
    gain: () => [tell('start', {n: a}), tell('gain', {n: b}), tell('now')],
    lose: () => [tell('start', {n: a}), tell('lose', {n: b}), tell('now')],
    boxes: () => [tell('boxes', {k: a, m: b}), tell('now')],
    more: () => [tell('start', {n: a}), tell('more', {n: b}), tell('other')],
    fewer: () => [tell('start', {n: a}), tell('fewer', {n: b}), tell('other')],
    together: () => [tell('start', {n: a}), tell('second', {n: b}), tell('together')],
  }
  return {query: clauses[kind]().join(' '), sums: [sum]}
}

/** A bare sum. */
export function bareSum(random: Random): Story {
  const sum = drawSum(random, pick(random, ['+', '+', '-', '-', '*']))
  return {query: `${sum.a}${sum.op}${sum.b}`, sums: [sum]}
}

/** Two or three bare sums in a chain, "12+5-4": each continues from the previous result. */
export function chain(random: Random): Story {
  const start = 1 + random.int(99)
  const sums = drawChanges(random, start, random.uniform() < 0.3 ? 3 : 2)
  return {query: `${start}${sums.map(({op, b}) => `${op}${b}`).join('')}`, sums}
}

/** A sum asked in words. */
export function quiz(random: Random): Story {
  const sum = drawSum(random, pick(random, ['+', '+', '-', '-', '*']))
  const query = pick(random, QUIZ[sum.op]).replace('{a}', String(sum.a)).replace('{b}', String(sum.b))
  return {query, sums: [sum]}
}

function changesStory(random: Random, cast: Cast, steps: number): Story {
  const tell = teller(random, cast)
  const start = 1 + random.int(99)
  const sums = drawChanges(random, start, steps)
  const clauses = [tell('start', {n: start}), ...sums.map(sum => tell(change(sum), {n: sum.b})), tell('now')]
  return {query: clauses.join(' '), sums}
}

function boxesStory(random: Random, cast: Cast, steps: number): Story {
  const tell = teller(random, cast)
  const boxes = drawSum(random, '*')
  const sums = drawChanges(random, result(boxes), steps - 1)
  const first = tell('boxes', {k: boxes.a, m: boxes.b})
  const clauses = [first, ...sums.map(sum => tell(change(sum), {n: sum.b})), tell('now')]
  return {query: clauses.join(' '), sums: [boxes, ...sums]}
}

/** A has some things, B more or fewer; with three steps, B's number then changes. How many together? */
function comparisonStory(random: Random, cast: Cast, steps: number): Story {
  const tell = teller(random, cast)
  let a: number
  let b: number
  do {
    a = 1 + random.int(98)
    b = 1 + random.int(98)
  } while (a === b || a + b > 99 || (steps > 2 && a === 98)) // beside 98, B's 1 could not change
  const compare: Sum = b > a ? {a, op: '+', b: b - a} : {a, op: '-', b: a - b}
  const changes = drawChanges(random, b, steps - 2, 99 - a)
  const total: Sum = {a, op: '+', b: result([compare, ...changes].at(-1)!)}
  const clauses = [
    tell('start', {n: a}),
    tell(b > a ? 'more' : 'fewer', {n: compare.b}),
    ...changes.map(sum => tell(change(sum), {n: sum.b, ofB: true})),
    tell('together'),
  ]
  return {query: clauses.join(' '), sums: [compare, ...changes, total]}
}

const change = ({op}: Sum): Clause => (op === '+' ? 'gain' : 'lose')

/** Draws a sequence of gains and losses whose results stay between 1 and `most`. */
function drawChanges(random: Random, start: number, count: number, most = 99): Sum[] {
  const sums: Sum[] = []
  let now = start
  for (let i = 0; i < count; i++) {
    const gain = now === 1 || (now < most && random.uniform() < 0.5)
    const sum: Sum = {a: now, op: gain ? '+' : '-', b: 1 + random.int(gain ? most - now : now - 1)}
    sums.push(sum)
    now = result(sum)
  }
  return sums
}

function drawSum(random: Random, op: Sum['op']): Sum {
  for (;;) {
    const sum =
      op === '*'
        ? {a: 2 + random.int(8), op, b: 2 + random.int(19)}
        : {a: 1 + random.int(99), op, b: 1 + random.int(99)}
    const c = result(sum)
    if (c >= 1 && c <= 99) return sum
  }
}

interface Numbers {
  readonly n?: number
  readonly k?: number
  readonly m?: number
  /** The clause is about B. */
  readonly ofB?: boolean
}

/**
 * Draws two people, a thing and a container, and writes clauses about them. With two people, names replace pronouns.
 */
function teller(random: Random, {people, wordings}: Cast): (clause: Clause, numbers?: Numbers) => string {
  const [first, second] = random.permutation(people.length)
  const a = people[first]
  const b = people[second]
  const thing = pick(random, THINGS)
  const container = pick(random, CONTAINERS)

  return (clause, {n, k, m, ofB = false} = {}) => {
    const self = ofB ? b : a
    const words: Record<string, string> = {
      A: self.name,
      B: b.name,
      He: ofB ? b.name : capital(a.he),
      him: ofB ? b.name : a.him,
      n: String(n),
      k: String(k),
      m: String(m),
      'n things': `${n} ${n === 1 ? thing.one : thing.many}`,
      things: thing.many,
      boxes: container.many,
    }
    const wording: string = WORDINGS[clause][pick(random, wordings)]
    return wording.replace(/\{([^}]+)\}/g, (_, key) => words[key])
  }
}

const capital = (word: string) => word[0].toUpperCase() + word.slice(1)
