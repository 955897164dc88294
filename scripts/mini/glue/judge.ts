// Judges pairs of sentences for the tests, by their words alone.
import {KINDS, PLACES, QUALITIES, VERBS} from './words.ts'

/** The meaning of a sentence, derived from its words; synonyms are equal. */
interface Said {
  readonly who: string
  readonly verb: number
  readonly never: boolean
  readonly quality: number | undefined
  readonly thing: string
  readonly place: string | undefined
}

/** Returns whether one of the premise's sentences implies the hypothesis, without using the generator. */
export function entails(premise: string, hypothesis: string): boolean {
  const wanted = read(hypothesis)
  return premise.split(/(?<=\.) /).some(sentence => says(read(sentence), wanted))
}

function says(told: Said, wanted: Said): boolean {
  const same = told.who === wanted.who && told.verb === wanted.verb && told.never === wanted.never
  const left = (key: 'quality' | 'place') => wanted[key] === undefined || wanted[key] === told[key]
  const kind: readonly string[] | undefined = KINDS[wanted.thing as keyof typeof KINDS]
  return (
    same && left('quality') && left('place') && (wanted.thing === told.thing || kind?.includes(told.thing) === true)
  )
}

function read(sentence: string): Said {
  const words = sentence.match(/[A-Za-z]+/g)!
  const find = <T>(values: readonly T[], hits: (value: T, word: string) => boolean) =>
    values.findIndex(value => words.some(word => hits(value, word)))
  const things = [...Object.keys(KINDS), ...Object.values(KINDS).flat()]
  const place = PLACES.find(place => words.includes(place))
  const quality = find(QUALITIES, (same: readonly string[], word) => same.includes(word))
  return {
    who: words.find(word => /^[A-Z]/.test(word) && !['In', 'The', 'What'].includes(word))!,
    verb: find(VERBS, (same, word) => same.some(({did, done}) => did === word || done === word)),
    never: words.includes('never'),
    quality: quality < 0 ? undefined : quality,
    thing: things.find(thing => words.includes(thing))!,
    place,
  }
}
