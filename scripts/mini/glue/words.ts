/** Actions, in the past tense and as a participle, each with a synonym. */
export const VERBS = [
  [verb('bought'), verb('purchased')],
  [verb('found'), verb('discovered')],
  [verb('repaired'), verb('fixed')],
  [verb('hid', 'hidden'), verb('concealed')],
  [verb('threw', 'thrown'), verb('tossed')],
  [verb('carried'), verb('transported')],
  [verb('broke', 'broken'), verb('smashed')],
  [verb('cleaned'), verb('washed')],
  [verb('drew', 'drawn'), verb('sketched')],
  [verb('built'), verb('constructed')],
  [verb('wanted'), verb('desired')],
  [verb('lifted'), verb('raised')],
] as const

/** Qualities of things; two words in a row are synonyms. */
export const QUALITIES = [
  ...[['red'], ['blue'], ['green'], ['yellow'], ['black'], ['white']],
  ...[
    ['big', 'large'],
    ['small', 'little'],
    ['old', 'ancient'],
    ['beautiful', 'pretty'],
  ],
] as const satisfies readonly (readonly string[])[]

/** Kinds of things, with the things of each. */
export const KINDS = {
  toy: ['doll', 'kite', 'puppet', 'ball'],
  tool: ['hammer', 'saw', 'drill', 'shovel'],
  dish: ['plate', 'bowl', 'cup', 'jug'],
  fruit: ['apple', 'pear', 'lemon', 'plum'],
  vehicle: ['bicycle', 'wagon', 'sled', 'boat'],
  garment: ['coat', 'scarf', 'shirt', 'hat'],
  instrument: ['drum', 'flute', 'violin', 'trumpet'],
  animal: ['dog', 'horse', 'rabbit', 'duck'],
} as const

export const PLACES = [
  ...['garden', 'kitchen', 'market', 'school', 'station', 'office'],
  ...['forest', 'park', 'harbor', 'museum', 'library', 'attic'],
] as const

/** Sentence patterns; the part in brackets is dropped if the scene does not have it. */
export const TELLINGS = [
  '{who} {no} {did} the {quality} {thing} [in the {place}].',
  '[In the {place},] {who} {no} {did} the {quality} {thing}.',
  'The {quality} {thing} was {no} {done} by {who} [in the {place}].',
  '[In the {place},] the {quality} {thing} was {no} {done} by {who}.',
  'What {who} {no} {did} [in the {place}] was the {quality} {thing}.',
] as const

/** Phrases for parts of a scene, which pre-training compares too. */
export const PHRASES = [
  ...['{who}', '{no} {did}', 'the {quality} {thing}', 'the {thing}', 'in the {place}'],
  ...['{who} {no} {did}', '{no} {did} the {thing}', 'the {thing} in the {place}'],
] as const

export interface Verb {
  readonly did: string
  readonly done: string
}

function verb(did: string, done = did): Verb {
  return {did, done}
}
