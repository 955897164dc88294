import type {Random} from '../../../src/tensor/random.ts'
import {pick} from '../pick.ts'
import {KINDS, PLACES, QUALITIES, TELLINGS, VERBS} from './words.ts'

/** Someone did something to a thing at a place. Optional parts may be missing. */
export interface Scene {
  readonly who: string
  readonly verb: number
  readonly quality?: number | undefined
  /** A thing, or its kind. */
  readonly thing: string
  readonly place?: string | undefined
  /** It never happened. */
  readonly never?: boolean
}

export type Part = 'who' | 'verb' | 'quality' | 'thing' | 'place'

export const PARTS: readonly Part[] = ['who', 'verb', 'quality', 'thing', 'place']

const THINGS: readonly string[] = Object.values(KINDS).flat()

/** Returns the kind of a thing. */
const kindOf = (thing: string) =>
  Object.entries(KINDS).find(([, things]) => (things as readonly string[]).includes(thing))![0]

export function drawScene(random: Random, people: readonly string[]): Scene {
  return {
    who: pick(random, people),
    verb: random.int(VERBS.length),
    quality: random.int(QUALITIES.length),
    thing: pick(random, THINGS),
    place: pick(random, PLACES),
  }
}

/** Returns the scene with another value of one part. */
export function changed(random: Random, scene: Scene, part: Part, people: readonly string[]): Scene {
  for (;;) {
    const other = drawScene(random, people)
    if (other[part] !== scene[part]) return {...scene, [part]: other[part]}
  }
}

/** Returns the scene without its place, its quality, both or neither. */
export function sparser(random: Random, scene: Scene): Scene {
  return {
    ...scene,
    quality: random.uniform() < 0.5 ? undefined : scene.quality,
    place: random.uniform() < 0.5 ? undefined : scene.place,
  }
}

/** Lists the parts that a scene has. */
export const partsOf = (scene: Scene) => PARTS.filter(part => scene[part] !== undefined)

/** Lists the parts that a phrase mentions. */
export const partsIn = (phrase: string) =>
  PARTS.filter(part => phrase.includes(part === 'verb' ? '{did}' : `{${part}}`))

/**
 * Returns a less specific scene: without place or quality, or with the kind instead of the thing. Does not change
 * `kept`.
 */
export function looser(random: Random, scene: Scene, kept: readonly Part[]): Scene {
  const loose = (part: Part) => !kept.includes(part) && random.uniform() < 0.4
  return {
    ...scene,
    quality: loose('quality') ? undefined : scene.quality,
    place: loose('place') ? undefined : scene.place,
    thing: loose('thing') ? kindOf(scene.thing) : scene.thing,
  }
}

/** Writes a sentence that describes the scene, with random synonyms and pattern, or in a given pattern. */
export function tell(random: Random, {who, verb, quality, thing, place, never}: Scene, telling?: string): string {
  const words: Record<string, string> = {
    who,
    thing,
    ...pick(random, VERBS[verb]),
    place: place ?? '',
    quality: quality === undefined ? '' : pick(random, QUALITIES[quality]),
    no: never ? 'never' : '',
  }
  const told = (telling ?? pick(random, TELLINGS))
    .replace(/\[([^\]]*)\]/g, (_, optional) => (place ? optional : ''))
    .replace(/\{(\w+)\}/g, (_, key) => words[key])
    .replace(/ +/g, ' ')
    .replace(' .', '.')
    .trim()
  return told.endsWith('.') ? told[0].toUpperCase() + told.slice(1) : told
}
