import {Fault} from '../base/fault.ts'

const MOST_SEEDS = 1000

/** The format of seeds, for messages. */
export const SEEDS = `numbers and ranges, like 0,1,2 or 0-4, at most ${MOST_SEEDS}`

/** Parses seeds like `0,1,2` and `0-4`. Returns undefined for any other text. */
export function seedsIn(text: string): readonly number[] | undefined {
  const seeds = new Set<number>()
  for (const part of text.split(',')) {
    const [, first, last = first] = /^\s*(\d{1,15})(?:-(\d{1,15}))?\s*$/.exec(part) ?? []
    const [from, to] = [Number(first), Number(last)]
    if (!(to - from < MOST_SEEDS && from <= to)) return undefined
    for (let seed = from; seed <= to; seed++) seeds.add(seed)
  }
  return [...seeds]
}

/** Parses the value of `--seeds`, or of another flag for seeds. @throws Fault 'usage' */
export function parseSeeds(text: string, flag = '--seeds'): readonly number[] {
  const seeds = seedsIn(text)
  if (!seeds) throw new Fault('usage', `${flag} takes ${SEEDS}: ${text}${reversedText(text)}`)
  return seeds
}

function reversedText(text: string): string {
  const [, from, to] = [...text.matchAll(/(\d+)-(\d+)/g)].find(([, from, to]) => Number(from) > Number(to)) ?? []
  return from === undefined ? '' : `; the range ${from}-${to} is reversed: ${to}-${from}`
}
