import type {Entity, Sort} from './facts.ts'

/** A trait that some entities have and others lack, with its wordings. */
export interface Trait {
  /** What is said of an entity that has it: "lays eggs". */
  readonly so: string
  /** {a} is the entity with its article. */
  readonly whether: string
  readonly kinds: readonly string[]
}

export const TRAITS: Readonly<Record<Sort, readonly Trait[]>> = {
  animal: [
    does('lay', 'lays', 'eggs', ['bird', 'fish', 'insect', 'reptile']),
    does('have', 'has', 'wings', ['bird', 'insect']),
    does('have', 'has', 'scales', ['fish', 'reptile']),
    does('breathe', 'breathes', 'under water', ['fish']),
    does('have', 'has', 'a backbone', ['mammal', 'bird', 'fish', 'reptile']),
  ],
  thing: [
    does('rust', 'rusts', 'when wet', ['steel']),
    does('break', 'breaks', 'when dropped', ['glass']),
    does('burn', 'burns', 'well', ['wood', 'cloth', 'paper']),
    does('fold', 'folds', 'up', ['cloth', 'paper']),
    does('feel', 'feels', 'soft', ['cloth']),
  ],
}

export const holds = (trait: Trait, {kind}: Entity): boolean => trait.kinds.includes(kind)

function does(verb: string, verbs: string, rest: string, kinds: Trait['kinds']): Trait {
  return {so: `${verbs} ${rest}`, whether: `does {a} ${verb} ${rest}?`, kinds}
}
