/** An animal or a thing. Its kind determines all its traits. */
export interface Entity {
  readonly name: string
  readonly sort: Sort
  readonly kind: string
}

export type Sort = 'animal' | 'thing'

const ANIMALS = {
  mammal: 'wolf fox bear deer lion tiger zebra camel cow sheep goat pig horse hare mouse',
  bird: 'eagle owl robin lark parrot swan heron pelican duck goose crow sparrow',
  fish: 'shark tuna salmon carp trout herring cod pike perch',
  insect: 'bee wasp butterfly moth beetle cricket dragonfly mosquito ladybird',
  reptile: 'crocodile lizard snake turtle gecko viper iguana tortoise chameleon cobra',
}

const THINGS = {
  steel: 'hammer saw drill nail anchor sword axe chain screw wrench shovel',
  wood: 'ladder chair desk shelf barrel flute oar plank broom raft crate',
  glass: 'bottle vase mirror lens window jar goblet plate bowl mug teapot',
  cloth: 'towel blanket shirt scarf pillow curtain coat sock quilt glove dress',
  paper: 'book letter map napkin poster ticket envelope card kite notebook newspaper',
}

/** Prime to both numbers. */
const STRIDE = 17

/** All entities, animals and things alternately, so that any slice contains equally many of both. */
export const ENTITIES: readonly Entity[] = inTurns(read('animal', ANIMALS), read('thing', THINGS))

export const article = ({name}: Entity) => `${/^[aeiou]/.test(name) ? 'an' : 'a'} ${name}`

function read(sort: Sort, table: Readonly<Record<string, string>>): Entity[] {
  return Object.entries(table).flatMap(([kind, names]) => names.split(' ').map(name => ({name, sort, kind})))
}

/** Alternates between the two lists, each shuffled by a stride so that neighbours differ. */
function inTurns(animals: readonly Entity[], things: readonly Entity[]): Entity[] {
  const strided = (all: readonly Entity[]) => all.map((_, i) => all[(i * STRIDE) % all.length])
  const [a, b] = [strided(animals), strided(things)]
  return a.flatMap((animal, i) => [animal, b[i]])
}
