import type {Entity, Facts, Sort} from './facts.ts'

/** What is so of some and not so of others, with the words for it. */
export interface Trait {
  /** After "a whale". */
  readonly so: string
  readonly notSo: string
  /** {a} is the entity with its article. */
  readonly whether: string
  readonly of: (facts: Facts) => boolean
}

export const TRAITS: Readonly<Record<Sort, readonly Trait[]>> = {
  animal: [
    does('eat', 'eats', 'other animals', ({stuff}) =>
      ['fish', 'shellfish', 'worms', 'insects', 'meat', 'mice', 'plankton'].includes(stuff),
    ),
    does('lay', 'lays', 'eggs', ({kind}) => kind !== 'mammal'),
    does('have', 'has', 'wings', ({kind, use}) => kind === 'bird' || use === 'fly'),
    does('live', 'lives', 'near water', ({place}) => ['sea', 'ice', 'river', 'lake'].includes(place)),
    does('live', 'lives', 'among trees', ({place}) => ['forest', 'jungle'].includes(place)),
  ],
  thing: [
    does('rust', 'rusts', 'when wet', ({stuff}) => ['steel', 'iron'].includes(stuff)),
    does('break', 'breaks', 'when dropped', ({stuff}) => ['glass', 'clay'].includes(stuff)),
    does('burn', 'burns', 'well', ({stuff}) => ['wood', 'paper', 'straw', 'wax', 'cloth', 'cotton'].includes(stuff)),
    does('feel', 'feels', 'soft', ({stuff}) => ['cloth', 'cotton', 'wool', 'feathers', 'foam'].includes(stuff)),
    does('belong', 'belongs', 'near food', ({place}) => ['kitchen', 'pantry', 'cellar'].includes(place)),
  ],
}

export const holds = (trait: Trait, {facts}: Entity): boolean => trait.of(facts)

function does(verb: string, verbs: string, rest: string, of: Trait['of']): Trait {
  return {so: `${verbs} ${rest}`, notSo: `does not ${verb} ${rest}`, whether: `does {a} ${verb} ${rest}?`, of}
}
