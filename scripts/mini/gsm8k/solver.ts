/**
 * Solves a story of the mini suite for the tests, without using its generator: sentence by sentence, from the words that
 * describe what happens. Returns the numbers that each sum of a solution must show, in order.
 */
export function solve(query: string): string[] {
  const sentences = query.split(/(?<=[.?]) /)
  const sums: string[] = []
  let first: number | undefined // what the first person has
  let now = 0 // what the person spoke of last has

  const step = (a: number, op: '+' | '-' | '*', b: number) => {
    now = op === '+' ? a + b : op === '-' ? a - b : a * b
    sums.push(`${a}${op}${b}=${now}.`)
  }
  for (const sentence of sentences) {
    const numbers = (sentence.match(/\d+/g) ?? []).map(Number)
    if (numbers.length === 2) {
      const containers = Number(/(\d+) (?:boxes|bags|jars|baskets|crates|trays)/.exec(sentence)?.[1])
      step(containers, '*', numbers[0] === containers ? numbers[1] : numbers[0])
    } else if (numbers.length === 1) {
      const sign = signOf(sentence)
      if (sign) {
        if (first === undefined && COMPARISON.test(sentence)) first = now
        step(now, sign, numbers[0])
      } else if (sums.length === 0 && now > 0) {
        first = now // a second owner
        now = numbers[0]
      } else now = numbers[0]
    } else if (TOTAL.test(sentence)) step(first!, '+', now)
    else if (!ONE.test(sentence)) throw new Error(`not understood: ${sentence}`)
  }
  return sums
}

function signOf(sentence: string): '+' | '-' | undefined {
  const gains = GAIN.test(sentence)
  const loses = LOSS.test(sentence)
  if (gains && loses) throw new Error(`both more and fewer: ${sentence}`)
  if (!gains && !loses && !OWNS.test(sentence)) throw new Error(`not understood: ${sentence}`)
  return gains ? '+' : loses ? '-' : undefined
}

const COMPARISON = / than |beats|trails|as many as|Compared with/
const GAIN = /more\b|another|as a gift|beats|plus|larger|extra/
const LOSS = /fewer|to a friend|loses|sells|throws away|steals|donates|trails|minus|smaller|lacks/
const OWNS = /has|owns|starts with|keeps|holds|counts|brings|stores|shows/
const TOTAL = /together|in total|in all\?|total number|sum of their|pool their/
const ONE = /have now|in the end|number of|end up|How large|belong to|does \w+ (?:have|own)|State how many/
