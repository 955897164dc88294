/** What everybody knows of an animal or a thing. */
export interface Entity {
  readonly name: string
  readonly sort: Sort
  readonly facts: Facts
}

export type Sort = 'animal' | 'thing'

export interface Facts {
  readonly kind: string
  readonly place: string
  readonly stuff: string
  readonly use: string
}

// name, kind, where it lives, what it eats, what it can do
const ANIMALS = `
whale     mammal    sea       plankton  swim
dolphin   mammal    sea       fish      swim
seal      mammal    ice       fish      swim
walrus    mammal    ice       shellfish swim
bear      mammal    forest    berries   climb
wolf      mammal    forest    meat      howl
fox       mammal    forest    meat      run
deer      mammal    forest    leaves    run
squirrel  mammal    forest    nuts      climb
badger    mammal    forest    worms     dig
mole      mammal    meadow    worms     dig
hare      mammal    meadow    grass     run
lion      mammal    savanna   meat      roar
zebra     mammal    savanna   grass     run
giraffe   mammal    savanna   leaves    run
elephant  mammal    savanna   leaves    trumpet
monkey    mammal    jungle    fruit     climb
gorilla   mammal    jungle    leaves    climb
tiger     mammal    jungle    meat      roar
sloth     mammal    jungle    leaves    climb
camel     mammal    desert    grass     run
cow       mammal    farm      grass     moo
sheep     mammal    farm      grass     bleat
goat      mammal    farm      grass     climb
pig       mammal    farm      roots     dig
bat       mammal    cave      insects   fly
otter     mammal    river     fish      swim
beaver    mammal    river     bark      swim
penguin   bird      ice       fish      swim
eagle     bird      mountains meat      fly
vulture   bird      desert    meat      fly
owl       bird      forest    mice      fly
robin     bird      meadow    worms     sing
lark      bird      meadow    seeds     sing
parrot    bird      jungle    fruit     talk
ostrich   bird      savanna   grass     run
chicken   bird      farm      seeds     scratch
swan      bird      lake      plants    swim
pelican   bird      sea       fish      fly
heron     bird      lake      fish      fly
shark     fish      sea       fish      swim
tuna      fish      sea       fish      swim
salmon    fish      river     insects   swim
carp      fish      lake      plants    swim
crocodile reptile   river     meat      swim
lizard    reptile   desert    insects   climb
snake     reptile   desert    mice      crawl
turtle    reptile   sea       plants    swim
bee       insect    meadow    nectar    fly
butterfly insect    meadow    nectar    fly
ant       insect    forest    seeds     crawl
cricket   insect    meadow    grass     jump
frog      amphibian lake      insects   jump
toad      amphibian meadow    insects   jump
newt      amphibian lake      worms     swim
`

// name, kind, where it is kept, what it is made of, what it is used to
const THINGS = `
hammer    tool       workshop   steel    pound
saw       tool       workshop   steel    cut
drill     tool       workshop   steel    bore
ladder    tool       shed       wood     reach
shovel    tool       shed       steel    dig
rake      tool       shed       wood     gather
hose      tool       garden     rubber   water
knife     cutlery    kitchen    steel    cut
fork      cutlery    kitchen    steel    eat
spoon     cutlery    kitchen    steel    stir
ladle     cutlery    kitchen    steel    pour
plate     dish       kitchen    clay     serve
bowl      dish       kitchen    clay     serve
mug       dish       kitchen    clay     drink
bottle    container  cellar     glass    store
barrel    container  cellar     wood     store
bucket    container  shed       plastic  carry
basket    container  pantry     straw    carry
bag       container  hall       paper    carry
vase      container  parlor     glass    decorate
mirror    furniture  bathroom   glass    see
chair     furniture  parlor     wood     sit
sofa      furniture  parlor     cloth    sit
desk      furniture  office     wood     write
shelf     furniture  office     wood     store
bed       furniture  bedroom    wood     sleep
pillow    bedding    bedroom    feathers sleep
blanket   bedding    bedroom    wool     warm
sheet     bedding    bedroom    cotton   cover
towel     linen      bathroom   cotton   dry
napkin    linen      pantry     paper    wipe
sponge    linen      bathroom   foam     wipe
comb      toiletry   bathroom   plastic  groom
brush     toiletry   bathroom   plastic  groom
soap      toiletry   bathroom   fat      wash
candle    light      parlor     wax      shine
lantern   light      cellar     iron     shine
lamp      light      office     glass    shine
pencil    stationery office     wood     write
crayon    stationery nursery    wax      draw
eraser    stationery office     rubber   rub
book      stationery office     paper    read
doll      toy        nursery    cloth    play
ball      toy        nursery    rubber   play
kite      toy        nursery    paper    play
coat      garment    hall       wool     warm
scarf     garment    hall       wool     warm
boot      garment    hall       leather  walk
glove     garment    hall       leather  warm
shirt     garment    bedroom    cotton   dress
drum      instrument nursery    leather  play
flute     instrument parlor     wood     play
violin    instrument parlor     wood     play
key       metalware  hall       iron     lock
nail      metalware  workshop   iron     fasten
chain     metalware  workshop   iron     tie
`

/** Prime to both lengths. */
const STRIDE = 17

/** All of them, animals and things in turns, so that any run of them holds as many of both. */
export const ENTITIES: readonly Entity[] = inTurns(read('animal', ANIMALS), read('thing', THINGS))

function read(sort: Sort, table: string): Entity[] {
  return table
    .trim()
    .split('\n')
    .map(line => {
      const [name, kind, place, stuff, use] = line.split(/ +/)
      return {name, sort, facts: {kind, place, stuff, use}}
    })
}

/** The one list spread evenly over the other, each shuffled by a stride so that neighbours are unlike. */
function inTurns(animals: readonly Entity[], things: readonly Entity[]): Entity[] {
  const strided = (all: readonly Entity[]) => all.map((_, i) => all[(i * STRIDE) % all.length])
  const [a, b] = [strided(animals), strided(things)]
  return Array.from({length: Math.max(a.length, b.length)}, (_, i) => [a[i], b[i]])
    .flat()
    .filter(entity => entity !== undefined)
}
