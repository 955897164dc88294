/** A person in a story, with the pronouns. */
export interface Person {
  readonly name: string
  readonly he: 'he' | 'she'
  readonly him: 'him' | 'her'
}

export interface Noun {
  readonly one: string
  readonly many: string
}

const she = (name: string): Person => ({name, he: 'she', him: 'her'})
const he = (name: string): Person => ({name, he: 'he', him: 'him'})
const noun = (one: string, many = `${one}s`): Noun => ({one, many})

/** 120 names, alternating, so that any slice contains equally many women and men. */
export const PEOPLE: readonly Person[] = [
  ...[she('Mia'), he('Tom'), she('Anna'), he('Ben'), she('Lily'), he('Max')],
  ...[she('Emma'), he('Leo'), she('Zoe'), he('Sam'), she('Nora'), he('Jack')],
  ...[she('Ruth'), he('Paul'), she('Ivy'), he('Luke'), she('Ella'), he('Adam')],
  ...[she('Kate'), he('Omar'), she('Rosa'), he('Noah'), she('Lucy'), he('Ryan')],
  ...[she('Jane'), he('Carl'), she('Amy'), he('Dan'), she('Eva'), he('Hugo')],
  ...[she('Alice'), he('Alan'), she('Ada'), he('Alex'), she('Beth'), he('Andy')],
  ...[she('Clara'), he('Bob'), she('Cora'), he('Bruno'), she('Daisy'), he('Chad')],
  ...[she('Dora'), he('Cole'), she('Edith'), he('Dean'), she('Erin'), he('David')],
  ...[she('Faith'), he('Eric'), she('Fern'), he('Evan'), she('Gina'), he('Felix')],
  ...[she('Grace'), he('Finn'), she('Hana'), he('Fred'), she('Helen'), he('Gary')],
  ...[she('Ida'), he('Glen'), she('Iris'), he('Hank'), she('Jill'), he('Harry')],
  ...[she('Joan'), he('Ian'), she('June'), he('Ivan'), she('Kim'), he('Jacob')],
  ...[she('Lara'), he('Jim'), she('Laura'), he('Joe'), she('Lena'), he('John')],
  ...[she('Lola'), he('Karl'), she('Mary'), he('Kevin'), she('Maya'), he('Kurt')],
  ...[she('Mona'), he('Lars'), she('Nina'), he('Liam'), she('Olga'), he('Marc')],
  ...[she('Paula'), he('Mike'), she('Pia'), he('Neil'), she('Rita'), he('Nick')],
  ...[she('Sara'), he('Oscar'), she('Sofia'), he('Otto'), she('Tara'), he('Peter')],
  ...[she('Tess'), he('Ralph'), she('Uma'), he('Rob'), she('Vera'), he('Simon')],
  ...[she('Wendy'), he('Steve'), she('Yara'), he('Theo'), she('Zelda'), he('Tim')],
  ...[she('Tina'), he('Toby'), she('Hazel'), he('Victor'), she('Molly'), he('Will')],
]

export const THINGS: readonly Noun[] = [
  ...[noun('apple'), noun('book'), noun('coin'), noun('card'), noun('shell')],
  ...[noun('stamp'), noun('pen'), noun('button'), noun('ball'), noun('cookie')],
  ...[noun('bead'), noun('lemon'), noun('ticket'), noun('rock'), noun('toy')],
  ...[noun('flower'), noun('cup'), noun('marble'), noun('key'), noun('photo')],
]

export const CONTAINERS: readonly Noun[] = [
  ...[noun('box', 'boxes'), noun('bag'), noun('jar'), noun('basket'), noun('crate'), noun('tray')],
]

/**
 * Six wordings of each clause. {A} and {B} are names, {he} and {him} refer to {A}, {n} is a number of things, {k} of
 * containers with {m} things each. Fine-tuning shows the first four only.
 */
export const WORDINGS = {
  start: [
    '{A} has {n things}.',
    '{A} owns {n things}.',
    '{A} starts with {n things}.',
    '{A} keeps {n things} at home.',
    "{A}'s collection holds {n things}.",
    'On Monday {A} counts {n things}.',
  ],
  gain: [
    '{He} buys {n} more.',
    '{A} finds {n} more.',
    'A friend gives {him} {n} more.',
    '{He} wins {n} more.',
    '{He} picks up another {n}.',
    '{A} receives {n} as a gift.',
  ],
  lose: [
    '{He} gives {n} to a friend.',
    '{A} loses {n}.',
    '{He} sells {n} of them.',
    '{A} throws away {n}.',
    'Someone steals {n} from {him}.',
    '{A} donates {n} to the school.',
  ],
  boxes: [
    '{A} has {k} {boxes} with {m} {things} each.',
    '{A} buys {k} {boxes} of {m} {things}.',
    '{A} fills {k} {boxes} with {m} {things} each.',
    "Each of {A}'s {k} {boxes} holds {m} {things}.",
    '{A} packs {m} {things} into each of {k} {boxes}.',
    'There are {m} {things} in each of the {k} {boxes} that {A} owns.',
  ],
  second: [
    '{B} has {n things}.',
    '{B} owns {n things}.',
    '{B} brings {n things}.',
    '{B} holds {n things}.',
    'Next door, {B} stores {n things}.',
    "{B}'s shelf shows {n things}.",
  ],
  more: [
    '{B} has {n} more than {A}.',
    '{B} holds {n} more than {A} does.',
    '{B} beats {A} by {n}.',
    '{B} has as many as {A} plus {n}.',
    "{B}'s pile is {n} larger than {A}'s.",
    'Compared with {A}, {B} owns {n} extra.',
  ],
  fewer: [
    '{B} has {n} fewer than {A}.',
    '{B} holds {n} fewer than {A} does.',
    '{B} trails {A} by {n}.',
    '{B} has as many as {A} minus {n}.',
    "{B}'s pile is {n} smaller than {A}'s.",
    'Compared with {A}, {B} lacks {n}.',
  ],
  now: [
    'How many {things} does {A} have now?',
    'How many {things} does {A} own in the end?',
    "What is {A}'s number of {things} now?",
    'With how many {things} does {A} end up?',
    "How large is {A}'s collection of {things} now?",
    'State how many {things} belong to {A} now.',
  ],
  other: [
    'How many {things} does {B} have?',
    'How many {things} does {B} own?',
    "What is {B}'s number of {things}?",
    'How many {things} belong to {B}?',
    "How large is {B}'s pile of {things}?",
    'State how many {things} {B} holds.',
  ],
  together: [
    'How many {things} do they have together?',
    'How many {things} do {A} and {B} have in total?',
    'How many {things} do both own in all?',
    'What is the total number of {things}?',
    'Find the sum of their {things}.',
    'If they pool their {things}, how many is that?',
  ],
} as const satisfies Record<string, readonly string[]>

export type Clause = keyof typeof WORDINGS

/** Six wordings of a sum. */
export const QUIZ = {
  '+': [
    'What is {a} plus {b}?',
    'Add {b} to {a}.',
    'What is the sum of {a} and {b}?',
    'What is {b} more than {a}?',
    'How much is {a} and {b} together?',
    '{a} grows by {b}. What is it now?',
  ],
  '-': [
    'What is {a} minus {b}?',
    'Take {b} from {a}.',
    'What is left of {a} without {b}?',
    'What is {b} fewer than {a}?',
    'How much is {a} less {b}?',
    '{a} shrinks by {b}. What is it now?',
  ],
  '*': [
    'What is {a} times {b}?',
    'Multiply {a} by {b}.',
    'What is the product of {a} and {b}?',
    'How much is {a} boxes of {b}?',
    'How much are {a} bags with {b} each?',
    'Count {a} rows of {b}. How many is that?',
  ],
} as const
