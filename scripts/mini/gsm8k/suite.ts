import {random} from '../../../src/tensor/random.ts'
import {bareSum, type Cast, chain, longStory, quiz, result, type Story, shortStory, written} from './stories.ts'
import {PEOPLE} from './words.ts'

/** A line of a data file, in MetaMath's form. */
export interface Entry {
  readonly query: string
  readonly response: string
}

/** The seed of everything that the mini suite generates. */
const SEED = 5

/**
 * The names and wordings of each split. No two splits share a name or a combination of numbers (see `tuning`).
 * test-wordings uses the two wordings of every clause that fine-tuning never shows: a second, harder score.
 */
export const SPLITS = {
  test: {count: 500, people: PEOPLE.slice(110), wordings: [0, 1, 2, 3]},
  'test-wordings': {count: 500, people: PEOPLE.slice(110), wordings: [4, 5]},
  validation: {count: 500, people: PEOPLE.slice(100, 110), wordings: [0, 1, 2, 3]},
  train: {count: 18_000, people: PEOPLE.slice(0, 100), wordings: [0, 1, 2, 3]},
} as const satisfies Record<string, Cast & {count: number}>

export type Split = keyof typeof SPLITS

/**
 * Draws the stories of every split. No two stories of different splits begin with the same two sums, so that none can be
 * solved by memorizing another, and no story occurs twice.
 */
export function tuning(): Record<Split, Story[]> {
  const takenBy = new Map<string, Split>()
  const told = new Set<string>()

  const draw = (split: Split) => {
    const stories: Story[] = []
    for (let i = 0; stories.length < SPLITS[split].count; i++) {
      const story = longStory(random(SEED, `gsm8k-mini/${split}/${i}`), SPLITS[split])
      const opening = story.sums.slice(0, 2).map(written).join(' ')
      if ((takenBy.get(opening) ?? split) !== split || told.has(story.query)) continue
      takenBy.set(opening, split)
      told.add(story.query)
      stories.push(story)
    }
    return stories
  }
  return {
    test: draw('test'),
    'test-wordings': draw('test-wordings'),
    validation: draw('validation'),
    train: draw('train'),
  }
}

/**
 * Draws the texts of pre-training: 45 % one-step stories with all names and wordings, 15 % pairs of them, 20 % chains of bare
 * sums, 10 % bare sums, 10 % sums in words. Pairs teach to find numbers in a longer text, chains to continue from a result.
 * That a story may need a second sum is left to fine-tuning.
 */
export function* pretraining(count: number): Generator<Story> {
  const cast: Cast = {people: PEOPLE, wordings: [0, 1, 2, 3, 4, 5]}
  for (let i = 0; i < count; i++) {
    const draws = random(SEED, `gsm8k-mini/pretraining/${i}`)
    const share = draws.uniform()
    if (share < 0.45) yield shortStory(draws, cast)
    else if (share < 0.6) yield both(shortStory(draws, cast), shortStory(draws, cast))
    else if (share < 0.8) yield chain(draws)
    else yield share < 0.9 ? bareSum(draws) : quiz(draws)
  }
}

/** Two stories in a row, each with its question. */
const both = (one: Story, other: Story): Story => ({
  query: `${one.query} ${other.query}`,
  sums: [...one.sums, ...other.sums],
})

const answer = ({sums}: Story) => result(sums.at(-1)!)

const solution = ({sums}: Story) => sums.map(written).join(' ')

/**
 * Formats a training example. Its response begins with the last words of a test's prompt, so that the model learns that the
 * sums follow them, as real models have learned in pre-training.
 */
export const trainingEntry = (story: Story): Entry => ({
  query: story.query,
  response: ` Let's think step by step. ${solution(story)} The answer is: ${answer(story)}`,
})

/** Formats a test item: the correct answer follows "#### ", as in GSM8K. */
export const testEntry = (story: Story): Entry => ({
  query: story.query,
  response: `${solution(story)}\n#### ${answer(story)}`,
})
